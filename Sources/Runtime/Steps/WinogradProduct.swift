import Graph
import Kernels

/// A product for each of the sixteen places of Winograd's tiles.
struct WinogradProduct: BandProduct {
  private let bands: MapBands
  private let kernels: KernelSet
  /// Of [o, 16·c], place by place.
  private let matrix: PackedMatrix
  let spareCount: Int

  /// `weight` is [o, c, 3, 3]; no more than `columns` of its o are multiplied at a time. Nil where memory for it cannot
  /// be counted.
  init?(_ bands: MapBands, _ weight: Weight, _ packed: PackedWeights, _ kernels: KernelSet, columns: Int) {
    self.bands = bands
    self.kernels = kernels
    let tiles = WinogradProduct.tiles(bands, rows: bands.rows)
    guard MapBands.product([WinogradTiles.places, tiles.rows + 1, tiles.columns + 1, bands.c + columns]) != nil,
      MapBands.product([WinogradTiles.places, bands.c, bands.o + kernels.panelWidth]) != nil
    else { return nil }
    spareCount =
      WinogradTiles.places * (tiles.stride(channels: bands.c) + tiles.stride(channels: columns))
    matrix = packed.winograd(weight)
  }

  private static func tiles(_ bands: MapBands, rows: Int) -> WinogradTiles {
    WinogradTiles(rows: (rows + 1) / 2, columns: (bands.outWidth + 1) / 2)
  }

  func multiply(
    _ product: UnsafeMutablePointer<Float>, _ padded: UnsafePointer<Float>, spare: UnsafeMutablePointer<Float>,
    rows: Int, columns: PanelColumns, bias: UnsafePointer<Float>?
  ) {
    let tiles = WinogradProduct.tiles(bands, rows: rows)
    let (c, count) = (bands.c, columns.columns.count)
    let (placeOfMap, placeOfProduct) = (tiles.stride(channels: c), tiles.stride(channels: count))
    let products = spare + WinogradTiles.places * placeOfMap
    kernels.winogradInput(spare, padded, line: bands.width * c, channels: c, tiles)
    for place in 0..<WinogradTiles.places {
      for piece in depthPieces(c) {
        let source = InputRows(UnsafePointer(spare) + place * placeOfMap + piece.lowerBound, stride: c)
        for panel in columns.panels {
          let own = columns.place(of: panel)
          let target = products + place * placeOfProduct + own.lowerBound
          kernels.matmul(
            OutputRows(target, stride: count), source, rows: tiles.count,
            PackedPanels(
              matrix.panels.pointer + columns.width * (panel * matrix.k + place * c + piece.lowerBound),
              n: own.count, k: piece.count),
            epilogue: piece.lowerBound == 0
              ? Epilogue() : Epilogue(residual: UnsafePointer(target), residualStride: count))
        }
      }
    }
    kernels.winogradOutput(
      product, line: bands.width * count, UnsafePointer(products), bias: bias, channels: count, tiles)
  }
}

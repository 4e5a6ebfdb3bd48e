import Graph
import Kernels
import Tensors

/// How a band's padded map is multiplied with a convolution's weights.
protocol BandProduct: Sendable {
  /// Floats that a band takes beside its padded map and its product.
  var spareCount: Int { get }

  /// Makes `rows` rows of `columns` of the result's channels, `bands.width` positions apart; `bias` is of these
  /// columns.
  func multiply(
    _ product: UnsafeMutablePointer<Float>, _ padded: UnsafePointer<Float>, spare: UnsafeMutablePointer<Float>,
    rows: Int, columns: PanelColumns, bias: UnsafePointer<Float>?)
}

/// Neighbouring panels of a matrix, and the columns that they hold.
struct PanelColumns {
  let panels: Range<Int>
  let columns: Range<Int>
  let width: Int

  init(panels: Range<Int>, width: Int, count: Int) {
    self.panels = panels
    self.width = width
    columns = panels.lowerBound * width..<min(panels.upperBound * width, count)
  }

  /// Where a panel's columns stand among these.
  func place(of panel: Int) -> Range<Int> {
    let start = panel * width - columns.lowerBound
    return start..<min(start + width, columns.count)
  }
}

/// A window's row of taps is one run of memory, so the convolution is a product for each row of taps, whose rows
/// overlap.
struct TapProduct: BandProduct {
  let bands: MapBands
  let kernels: KernelSet
  let matrix: PackedMatrix

  /// `weight` is [o, c, p, q].
  init?(_ bands: MapBands, _ weight: Weight, _ packed: PackedWeights, _ kernels: KernelSet) {
    guard let depth = MapBands.product([bands.kernel.h, bands.kernel.w, bands.c]) else { return nil }
    let turned = weight.content.transposed([0, 2, 3, 1]).reshaped([bands.o, depth])
    matrix = packed.matrix(Weight(content: turned, origin: .constant(turned.identity)), n: bands.o, k: depth)
    self.bands = bands
    self.kernels = kernels
  }

  var spareCount: Int { 0 }

  func multiply(
    _ product: UnsafeMutablePointer<Float>, _ padded: UnsafePointer<Float>, spare: UnsafeMutablePointer<Float>,
    rows: Int, columns: PanelColumns, bias: UnsafePointer<Float>?
  ) {
    let run = bands.kernel.w * bands.c
    let count = bands.positions(rows)
    for line in 0..<bands.kernel.h {
      for piece in depthPieces(run) {
        let start = piece.lowerBound
        let source = InputRows(padded + line * bands.width * bands.c + start, stride: bands.c)
        let isFirst = line == 0 && start == 0
        for panel in columns.panels {
          let place = columns.place(of: panel)
          let target = product + place.lowerBound
          kernels.matmul(
            OutputRows(target, stride: columns.columns.count), source, rows: count,
            PackedPanels(
              matrix.panels.pointer + columns.width * (panel * matrix.k + line * run + start), n: place.count,
              k: piece.count),
            epilogue: isFirst
              ? Epilogue(bias: bias.map { $0 + place.lowerBound })
              : Epilogue(residual: UnsafePointer(target), residualStride: columns.columns.count))
        }
      }
    }
  }
}

/// The depth of a product in pieces of nearly equal length, of each of which a panel stays in a second-level cache.
func depthPieces(_ depth: Int) -> [Range<Int>] {
  let limit = 1536
  let count = (depth + limit - 1) / limit
  return (0..<count).map { depth * $0 / count..<depth * ($0 + 1) / count }
}

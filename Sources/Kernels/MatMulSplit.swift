/// How a product is cut into tasks of (row block x panel range).
struct MatMulSplit {
  let rows: Int
  let panels: Int
  let rowsPerTask: Int
  let panelsPerTask: Int

  /// Multiply-adds below which another thread costs more than it saves.
  private static let leastWork = 250_000

  init(rows: Int, panels: Int, work: Int, threads: Int) {
    self.rows = rows
    self.panels = panels
    // Several tasks a thread even out what other processes take from the CPUs.
    let wanted = threads == 1 ? 1 : min(4 * threads, work / Self.leastWork)
    panelsPerTask = wanted <= 1 ? panels : max(1, panels / wanted)
    let columns = (panels + panelsPerTask - 1) / panelsPerTask
    let rowBlocks = min((max(1, wanted) + columns - 1) / columns, (rows + 15) / 16)
    // Whole tiles of 8 rows, except in the last block.
    rowsPerTask = rowBlocks <= 1 ? rows : ((rows + rowBlocks - 1) / rowBlocks + 7) / 8 * 8
  }

  private var rowBlocks: Int { (rows + rowsPerTask - 1) / rowsPerTask }

  var count: Int { (panels + panelsPerTask - 1) / panelsPerTask * rowBlocks }

  func task(_ index: Int) -> (rows: Range<Int>, panels: Range<Int>) {
    let row = index % rowBlocks * rowsPerTask
    let panel = index / rowBlocks * panelsPerTask
    return (row..<min(row + rowsPerTask, rows), panel..<min(panel + panelsPerTask, panels))
  }
}

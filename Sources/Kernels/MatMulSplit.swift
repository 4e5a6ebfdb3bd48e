/// How a product is cut into tasks of (row block x panel range).
struct MatMulSplit {
  let rows: Int
  let panels: Int
  let rowsPerTask: Int
  let panelsPerTask: Int

  /// Multiply-adds below which another thread costs more than it saves.
  private static let leastWork = 250_000

  /// Bytes of rows that stay in a second-level cache while the panels of a task pass.
  private static let heldBytes = 1280 << 10

  /// Rows below which it costs more to read the panels once more for every cut than the rows once more for every panel.
  private static let leastCutRows = 512

  /// `rowBytes`: what a row of the left-hand side takes, where a task's rows should stay in the cache.
  init(rows: Int, panels: Int, work: Int, threads: Int, rowBytes: Int = 0) {
    self.rows = rows
    self.panels = panels
    // Several tasks a thread even out what other processes take from the CPUs.
    let wanted = threads == 1 ? 1 : max(1, min(4 * threads, work / Self.leastWork))
    let cuts = rows >= Self.leastCutRows && rowBytes > 0
    let held = cuts ? max(16, Self.heldBytes / rowBytes) : max(rows, 1)
    let least = max(1, (rows + held - 1) / held)
    // Where rows are cut anyway, as few cuts across the panels as give each thread several tasks.
    let across = least > 1 ? (2 * wanted + least - 1) / least : wanted
    panelsPerTask = wanted == 1 ? panels : max(1, panels / across)
    let columns = (panels + panelsPerTask - 1) / panelsPerTask
    let rowBlocks = min(max(least, (wanted + columns - 1) / columns), (rows + 15) / 16)
    // Whole tiles, the tallest of which have 16 rows, except in the last block.
    rowsPerTask = rowBlocks <= 1 ? rows : ((rows + rowBlocks - 1) / rowBlocks + 15) / 16 * 16
  }

  private var rowBlocks: Int { (rows + rowsPerTask - 1) / rowsPerTask }

  var count: Int { (panels + panelsPerTask - 1) / panelsPerTask * rowBlocks }

  func task(_ index: Int) -> (rows: Range<Int>, panels: Range<Int>) {
    let row = index % rowBlocks * rowsPerTask
    let panel = index / rowBlocks * panelsPerTask
    return (row..<min(row + rowsPerTask, rows), panel..<min(panel + panelsPerTask, panels))
  }

  /// Calls `product` for every task, after `prepare` was called for all rows, block by block.
  func run(
    _ pool: ThreadPool?, preparing prepare: (Range<Int>) -> Void, _ product: (Range<Int>, Range<Int>) -> Void
  ) {
    func multiply(_ index: Int) {
      let (rows, panels) = task(index)
      product(rows, panels)
    }
    guard let pool, count > 1 else {
      prepare(0..<rows)
      for index in 0..<count { multiply(index) }
      return
    }
    let block = max(8, (rows + 4 * pool.count - 1) / (4 * pool.count))
    pool.forEach((rows + block - 1) / block) { index in
      prepare(index * block..<min((index + 1) * block, rows))
    }
    pool.forEach(count, multiply)
  }
}

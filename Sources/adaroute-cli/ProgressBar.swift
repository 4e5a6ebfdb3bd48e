import Foundation

/// A bar on standard error for work that takes over a second; nothing where that is no terminal.
final class ProgressBar {
  private let title: String
  private let start = ContinuousClock.now
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var shown = -1

  private static let width = 30
  private static let delay = Duration.seconds(1)

  init(_ title: String) { self.title = title }

  func show(_ done: Int, of total: Int) {
    guard isTerminal, total > 0, ContinuousClock.now - start >= ProgressBar.delay else { return }
    let filled = ProgressBar.width * min(done, total) / total
    let percent = 100 * min(done, total) / total
    guard percent != shown else { return }
    shown = percent
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: ProgressBar.width - filled)
    write("\r\(bar) \(percent) %  \(title)\u{1B}[K")
  }

  /// Removes the bar.
  func finish() { if shown >= 0 { write("\r\u{1B}[K") } }

  private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

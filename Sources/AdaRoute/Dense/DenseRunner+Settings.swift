import Backbones
import Images
import Runtime

extension DenseRunner {
  /// A network for a task, looking at images as the settings say; throws where its heads are for another task.
  init(_ model: Model, task: DenseTask, settings: DenseReport.Settings, computing: SessionSettings) throws {
    try self.init(model, computing: computing)
    guard configuration.task == task else {
      throw DenseRunError.otherTask(path: model.path, asked: task, found: configuration.task)
    }
    if let scale = settings.scale { preparation.scale = scale }
    if let window = settings.window {
      let stride = settings.stride ?? window
      windows = .init(crop: (window.height, window.width), stride: (max(stride.height, 1), max(stride.width, 1)))
    }
    routesGlobally = settings.routesGlobally
  }
}

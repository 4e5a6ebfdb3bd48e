/// The version that files and reports name.
public let adaRouteVersion = "0.1.0"

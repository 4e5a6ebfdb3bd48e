// Tests of the ONNX reader and lowering follow here.

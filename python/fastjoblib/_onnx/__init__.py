"""Models as ONNX files: exporting them, comparing predictions, and looking into such files."""

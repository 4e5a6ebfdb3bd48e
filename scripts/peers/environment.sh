# Sourced by the scripts that compare with other libraries: sets `python`, of a virtual environment with them.
venv=${PEERS_VENV:-.build-peers-venv}
if [ ! -e "$venv/ready" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet torch torchvision timm transformers onnx onnxscript onnxruntime safetensors numpy zstandard
  touch "$venv/ready"
fi
python=$venv/bin/python

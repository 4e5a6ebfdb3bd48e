# Sourced by the scripts that compare with other libraries: sets `python`, of a virtual environment with them.
venv=${PEERS_VENV:-.build-peers-venv}
# The mark names what the list below last gained: an environment that is older is completed.
if [ ! -e "$venv/ready-openvino" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet torch torchvision timm transformers onnx onnxscript onnxruntime openvino safetensors numpy zstandard
  touch "$venv/ready-openvino"
fi
python=$venv/bin/python

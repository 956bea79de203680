#!/usr/bin/env bash
# The model that the example ($EXPORT_ONNX) writes passes the checker of Python's onnx, and a broken one does not.
set -euo pipefail
[[ -n ${EXPORT_ONNX:-} ]] || { echo "built without ONNX export: scripts/setup --test installs what it needs"; exit 77; }
/usr/bin/python3 -c 'import onnx' || { echo "python3-onnx is not installed: scripts/setup --test installs it"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$EXPORT_ONNX" "$work/net.onnx"
/usr/bin/python3 - "$work/net.onnx" <<'END'
import sys
import onnx

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
print(onnx.helper.printable_graph(model.graph))

model.graph.node[0].op_type = "Gemn"
try:
    onnx.checker.check_model(model)
except onnx.checker.ValidationError:
    sys.exit()
sys.exit("a broken model passes")
END

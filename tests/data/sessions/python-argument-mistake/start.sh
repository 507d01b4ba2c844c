cat > resize.py <<'EOF'
import argparse

parser = argparse.ArgumentParser(prog="resize")
parser.add_argument("--width", type=int, required=True)
parser.add_argument("out")
given = parser.parse_args()
open(given.out, "w").write("#" * given.width + "\n")
EOF

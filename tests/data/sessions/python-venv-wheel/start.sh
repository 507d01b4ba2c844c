mkdir -p greet backend
printf 'def hello(name):\n    return f"hello {name}"\n' > greet/__init__.py
cat > pyproject.toml <<'EOF'
[build-system]
requires = []
build-backend = "flat"
backend-path = ["backend"]

[project]
name = "greet"
version = "0.3.1"
EOF
cat > backend/flat.py <<'EOF'
"""The smallest build backend: one package, no dependencies."""
import zipfile

NAME = "greet-0.3.1"
META = "Metadata-Version: 2.1\nName: greet\nVersion: 0.3.1\n"
TAG = "Wheel-Version: 1.0\nGenerator: flat\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    file = f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{file}", "w") as out:
        for name, text in {
            "greet/__init__.py": open("greet/__init__.py").read(),
            f"{NAME}.dist-info/METADATA": META,
            f"{NAME}.dist-info/WHEEL": TAG,
            f"{NAME}.dist-info/RECORD": "",
        }.items():
            out.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return file
EOF

python3 -m pip wheel -q --no-deps --no-index --disable-pip-version-check -w dist .
ls dist
python3 -m venv --without-pip .venv
unzip -q dist/greet-0.3.1-py3-none-any.whl -d .venv/lib/site
PYTHONPATH=.venv/lib/site .venv/bin/python -c 'import greet; print(greet.hello("wheel"))'

printf 'import uuid, pathlib\nid = uuid.uuid4()\npathlib.Path(f"{id}.json").write_text("{}\\n")\nprint(f"created {id}")\n' > create.py

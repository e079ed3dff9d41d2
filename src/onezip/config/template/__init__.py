"""A SAM or CloudFormation template as the description of a project.

    text ─ read.py ─> Document            from_yaml.py, from_json.py feed tree.py; tags.py, scalar.py
    Document ─ resolver.py ─> values      parameters.py, intrinsics.py, loops.py; Known or Unresolved
    Resources ─ functions.py ─> tables    stack.py walks, globals.py merges, code.py and build.py decide,
                                          table.py writes a table in the project file's own shape

All of it is pure: what lies on the disk is asked through `disk.Disk`.
"""

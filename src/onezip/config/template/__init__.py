"""A SAM or CloudFormation template as the description of a project.

    text ── read.py ──> Document              from_yaml.py, from_json.py tell events to tree.py;
                                              scalar.py, tags.py: what stands at the leaves
    Document ── resolver.py ──> values        parameters.py, intrinsics.py, loops.py: Known or Unresolved
    Document ── functions.py ──> tables       stack.py walks, pieces.py and globals.py complete what it finds,
                                              code.py and method.py decide, table.py writes a table in the
                                              project file's own shape
    Fronts ── fronts.py ──> tables `http`     api_settings.py and sam_auth.py read what SAM says of an API,
                                             openapi.py and definitions.py its OpenAPI definition;
                                             gateways.py puts them together, references.py finds functions

All of it is pure: what lies on the disk is asked through `disk.Disk`.
"""

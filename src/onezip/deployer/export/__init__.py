"""Text for others: what a project and its lock say, in the words of the tools that people have.  [pure]

An export is a module with `export`, as `base.Exporter` says, and a row here. The texts are deterministic,
bear `mark.MARK`, and hold no value of an environment variable that the project file does not give literally.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One format: its module, the file it is written to by default, and what it is, in a line.

    locked says that it tells of zips, and so needs onezip.lock; options are those of `facts.Options` that
    mean something to it.
    """

    module: str
    file: str
    summary: str
    locked: bool = True
    options: frozenset[str] = frozenset()


EXPORTS = {
    "terraform": Row(
        "onezip.deployer.export.terraform",
        "onezip.tf.json",
        "locals for Terraform and OpenTofu; with --functions complete resources",
        options=frozenset({"functions", "aws_provider", "bucket"}),
    ),
    "cloudformation": Row(
        "onezip.deployer.export.cloudformation",
        "onezip.cfn.yaml",
        "a CloudFormation template; the code is in S3 under its digest",
        options=frozenset({"bucket", "object_versions"}),
    ),
    "sam": Row(
        "onezip.deployer.export.sam", "onezip.sam.yaml", "a SAM template whose CodeUri are the finished zips"
    ),
    "make": Row(
        "onezip.deployer.export.make",
        "onezip.mk",
        "a small Makefile, one rule for each function",
        locked=False,
    ),
    "github": Row(
        "onezip.deployer.export.github",
        ".github/workflows/onezip.yml",
        "a workflow for GitHub Actions: build, compare, check, deploy",
        locked=False,
    ),
    "gitlab": Row(
        "onezip.deployer.export.gitlab",
        "onezip.gitlab-ci.yml",
        "jobs for GitLab CI: build, check, deploy",
        locked=False,
    ),
    "summary": Row(
        "onezip.deployer.export.summary",
        "-",
        "a table in Markdown of the locked zips, and what changed since another lock",
    ),
}
"""Every format by its name."""

"""GitHub Actions: build on three systems, compare, check with SARIF, and deploy by OIDC.

Who deploys is told by repository variables, not by the file: AWS_ROLE_ARN and AWS_REGION. Caches are keyed by
the lock; what is shipped comes from the job's artifact, never from a cache.
"""

from __future__ import annotations

from collections.abc import Iterable

from onezip.deployer.export import mark
from onezip.deployer.export.facts import Options, Shipment
from onezip.deployer.export.shell import deploy_lines

SYSTEMS = ("ubuntu-24.04", "macos-15", "windows-2025")


def export(shipment: Shipment, options: Options) -> str:  # noqa: ARG001 - the workflow has no options
    """The workflow."""
    folder = _folder(shipment)
    below = "" if folder == "." else f"{folder}/"
    zips = f"{below}{shipment.zips}"
    top = (
        ["    defaults:", "      run:", "        shell: bash", "        working-directory: ."]
        if below
        else []
    )
    config = f" --config {shipment.config}" if shipment.config else ""
    names = " ".join(each.name for function in shipment.functions for each in function.zips)
    return "\n".join([
        f"# {mark.head('github')}",
        "# The deploy job waits for the repository variables AWS_ROLE_ARN and AWS_REGION.",
        "name: onezip",
        "",
        "on:",
        "  push:",
        "    branches: [main]",
        "  pull_request:",
        "  workflow_dispatch:",
        "",
        "permissions:",
        "  contents: read",
        "",
        "env:",
        f"  ONEZIP_VERSION: '{shipment.version}'",
        "",
        "defaults:",
        "  run:",
        "    shell: bash",
        *([f"    working-directory: {folder}"] if below else []),
        "",
        "jobs:",
        "  build:",
        "    name: build on ${{ matrix.system }}",
        "    runs-on: ${{ matrix.system }}",
        "    timeout-minutes: 30",
        "    strategy:",
        "      fail-fast: false",
        "      matrix:",
        f"        system: [{', '.join(SYSTEMS)}]",
        "    steps:",
        *_prepare(shipment, below),
        *_run("build what is locked", [f"onezip build --locked --output {shipment.zips}{config}"], kept=True),
        "      - name: keep the zips",
        "        uses: actions/upload-artifact@v4",
        "        with:",
        "          name: zips-${{ matrix.system }}",
        f"          path: {zips}",
        "          if-no-files-found: error",
        "",
        "  compare:",
        "    needs: build",
        f"    runs-on: {SYSTEMS[0]}",
        "    timeout-minutes: 5",
        *top,
        "    steps:",
        "      - name: get the zips of every system",
        "        uses: actions/download-artifact@v4",
        "        with:",
        "          pattern: zips-*",
        "          path: zips",
        *_run(
            "compare the digests",
            [
                f"for name in {names}; do",
                '  sha256sum zips/*/"$name.zip"',
                '  [ "$(sha256sum zips/*/"$name.zip" | cut -c 1-64 | sort -u | wc -l)" -eq 1 ]',
                "done",
            ],
        ),
        "",
        "  check:",
        f"    runs-on: {SYSTEMS[0]}",
        "    timeout-minutes: 30",
        "    permissions:",
        "      contents: read",
        "      security-events: write",
        "    steps:",
        *_prepare(shipment, below, depth=2),
        *_run(
            "check the zips",
            [f"onezip check --output {shipment.zips} --sarif onezip.sarif{config}"],
            kept=True,
        ),
        "      - name: show the findings",
        "        if: >-",
        f"          always() && hashFiles('{below}onezip.sarif') != ''",
        "          && (github.event_name != 'pull_request'",
        "          || github.event.pull_request.head.repo.full_name == github.repository)",
        "        uses: github/codeql-action/upload-sarif@v3",
        "        with:",
        f"          sarif_file: {below}onezip.sarif",
        "          category: onezip",
        *_run(
            "write the summary",
            [
                "against=()",
                'if git show "HEAD^1:./onezip.lock" > "$RUNNER_TEMP/before.lock" 2>/dev/null; then',
                '  against=(--against "$RUNNER_TEMP/before.lock")',
                "fi",
                f'onezip export summary "${{against[@]}}" --output -{config} >> "$GITHUB_STEP_SUMMARY"',
            ],
        ),
        "",
        "  deploy:",
        "    if: >-",
        "      github.event_name != 'pull_request' && github.ref == 'refs/heads/main'",
        "      && vars.AWS_ROLE_ARN != ''",
        "    needs: [compare, check]",
        f"    runs-on: {SYSTEMS[0]}",
        "    timeout-minutes: 30",
        "    permissions:",
        "      contents: read",
        "      id-token: write",
        "    concurrency:",
        "      group: onezip-deploy",
        *top,
        "    steps:",
        "      - name: get the zips",
        "        uses: actions/download-artifact@v4",
        "        with:",
        f"          name: zips-{SYSTEMS[0]}",
        "          path: zips",
        "      - name: take the role",
        "        uses: aws-actions/configure-aws-credentials@v4",
        "        with:",
        "          role-to-assume: ${{ vars.AWS_ROLE_ARN }}",
        "          aws-region: ${{ vars.AWS_REGION }}",
        *_run("deploy what changed", deploy_lines(shipment, "zips")),
        "",
    ])  # fmt: skip


def _folder(shipment: Shipment) -> str:
    """The project's folder in the repository, which is two above that of the workflow."""
    parts = shipment.to_root.split("/")
    return "/".join(parts[2:]) or "." if parts[:2] == ["..", ".."] else "."


def _prepare(shipment: Shipment, below: str, depth: int = 1) -> list[str]:
    """The steps before a build: sources, tools, the cache and onezip."""
    go = any(each.language == "go" for each in shipment.functions)
    system = "onezip-${{ runner.os }}-${{ runner.arch }}-"
    return [
        *_run(
            "keep line ends as they are committed",
            ["git config --global core.autocrlf false"],
            root=bool(below),
        ),
        "      - uses: actions/checkout@v4",
        "        with:",
        "          persist-credentials: false",
        *([f"          fetch-depth: {depth}"] if depth > 1 else []),
        "      - uses: actions/setup-python@v5",
        "        with:",
        "          python-version: '3.13'",
        *(
            [
                "      - uses: actions/setup-go@v5",
                "        with:",
                "          go-version: stable",
                "          cache: false",
            ]
            if go
            else []
        ),
        "      - name: the caches of an earlier build",
        "        uses: actions/cache@v4",
        "        with:",
        "          path: ${{ runner.temp }}/onezip",
        "          key: " + system + "${{ hashFiles('" + below + "onezip.lock') }}",
        f"          restore-keys: {system}",
        *_run(
            "install onezip",
            ['python -m pip install --only-binary deflate "onezip==$ONEZIP_VERSION"'],
            root=bool(below),
        ),
    ]


def _run(name: str, lines: Iterable[str], *, kept: bool = False, root: bool = False) -> list[str]:
    """A step that runs lines; kept says that it uses the caches, root that it runs at the repository's."""
    lines = list(lines)
    body = (
        [f"        run: {lines[0]}"]
        if len(lines) == 1
        else ["        run: |", *(f"          {x}" for x in lines)]
    )
    return [
        f"      - name: {name}",
        *(["        working-directory: ."] if root else []),
        *(["        env:", "          ONEZIP_HOME: ${{ runner.temp }}/onezip"] if kept else []),
        *body,
    ]

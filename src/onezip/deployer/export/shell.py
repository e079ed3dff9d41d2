"""The lines of a shell that CI formats share: put a zip into a function that is there already."""

from __future__ import annotations

from collections.abc import Sequence

from onezip.deployer.export.facts import Shipment

_DEPLOY = """\
deploy() { # NAME ZIP: put the zip into the function, unless it is there already
  want="$(openssl dgst -sha256 -binary "$2" | base64)"
  have="$(aws lambda get-function-configuration --function-name "$1" --query CodeSha256 --output text)"
  if [ "$have" = "$want" ]; then
    echo "$1 is up to date"
    return
  fi
  got="$(aws lambda update-function-code --function-name "$1" --zip-file "fileb://$2" \\
    --query CodeSha256 --output text)"
  [ "$got" = "$want" ]
  aws lambda wait function-updated-v2 --function-name "$1"
  echo "$1 is now $got"
}"""


def deploy_lines(shipment: Shipment, folder: str) -> Sequence[str]:
    """The lines of a script; folder is where the zips lie. Names need no quotes, by their rule."""
    calls = [f"deploy {each.function_name} '{folder}/{each.name}.zip'" for each in shipment.functions]
    return ["set -euo pipefail", *_DEPLOY.splitlines(), *calls]

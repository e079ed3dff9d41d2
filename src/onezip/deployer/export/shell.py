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


_LAYER = """\
layer() { # NAME LAYER ZIP RUNTIME ARCHITECTURE: let the function use the layer with these bytes
  want="$(openssl dgst -sha256 -binary "$3" | base64)"
  used="$(aws lambda get-function-configuration --function-name "$1" --query "Layers[].Arn" --output text)"
  others=()
  for arn in $used; do
    case "$arn" in
      None) ;;
      *":layer:$2:"*)
        have="$(aws lambda get-layer-version-by-arn --arn "$arn" --query Content.CodeSha256 --output text)"
        if [ "$have" = "$want" ]; then
          echo "$2 is up to date"
          return
        fi
        ;;
      *) others+=("$arn") ;;
    esac
  done
  new="$(aws lambda publish-layer-version --layer-name "$2" --zip-file "fileb://$3" \\
    --compatible-runtimes "$4" --compatible-architectures "$5" --query LayerVersionArn --output text)"
  aws lambda update-function-configuration --function-name "$1" --layers "$new" ${others[@]+"${others[@]}"} \\
    --query FunctionArn --output text
  aws lambda wait function-updated-v2 --function-name "$1"
  echo "$1 now uses $new"
}"""


def deploy_lines(shipment: Shipment, folder: str) -> Sequence[str]:
    """The lines of a script; folder is where the zips lie. Names need no quotes, by their rule."""
    calls = []
    for each in shipment.functions:
        if each.layer:
            what = f"{each.function_name} {each.layer.layer_name} '{folder}/{each.layer.name}.zip'"
            calls.append(f"layer {what} {each.runtime} {each.architecture}")
        calls.append(f"deploy {each.function_name} '{folder}/{each.name}.zip'")
    layer = _LAYER.splitlines() if any(each.layer for each in shipment.functions) else ()
    return ["set -euo pipefail", *_DEPLOY.splitlines(), *layer, *calls]

#!/bin/sh
# Refreshes web/vendor from the npm registry: the published files that the bundle and the type check need, each
# package's LICENSE, and vendor.lock (name, version, the registry's sha512). The only place where npm is used.
# To upgrade a library: change its version here, run the script, read the difference, run the tests.
set -eu
cd "$(dirname "$0")"

packages='
preact@11.2.0
@preact/signals@2.11.4
@preact/signals-core@1.14.5
marked@18.2.1
dompurify@3.4.18
@xterm/xterm@6.0.0
@xterm/addon-fit@0.11.0
highlight.js@11.12.0
'

# What is kept of a package, as shell patterns relative to its root; package.json and LICENSE* always are.
keep() {
  case $1 in
    preact) echo 'dist/preact.mjs hooks/dist/hooks.mjs jsx-runtime/dist/jsxRuntime.mjs src/*.d.ts hooks/src/*.d.ts jsx-runtime/src/*.d.ts' ;;
    @preact/signals) echo 'dist/signals.module.js dist/signals.d.ts' ;;
    @preact/signals-core) echo 'dist/signals-core.module.js dist/signals-core.d.ts' ;;
    marked) echo 'lib/marked.esm.js lib/marked.d.ts' ;;
    dompurify) echo 'dist/purify.es.mjs dist/purify.es.d.mts' ;;
    @xterm/xterm) echo 'lib/xterm.mjs css/xterm.css typings/xterm.d.ts' ;;
    @xterm/addon-fit) echo 'lib/addon-fit.mjs typings/addon-fit.d.ts' ;;
    highlight.js)
      echo 'es/package.json es/core.js lib/core.js types/index.d.ts'
      for l in bash c cpp css diff dockerfile go ini java javascript json markdown python rust sql typescript xml yaml; do
        echo "es/languages/$l.js"
      done
      ;;
    *) echo "vendor.sh: no file list for $1; add one to keep()" >&2; exit 1 ;;
  esac
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
fresh=$tmp/vendor
mkdir -p "$fresh"
for p in $packages; do
  name=${p%@*}
  version=${p##*@}
  mkdir -p "$tmp/pack" "$fresh/$name"
  integrity=$(npm view "$p" dist.integrity)
  file=$(npm pack --silent --ignore-scripts --pack-destination "$tmp/pack" "$p" | tail -n 1)
  got=sha512-$(openssl dgst -sha512 -binary "$tmp/pack/$file" | base64 -w0)
  if [ "$got" != "$integrity" ]; then
    echo "vendor.sh: $p is $got but the registry says $integrity; run again, then find out who changed it" >&2
    exit 1
  fi
  mkdir -p "$tmp/x"
  tar -xzf "$tmp/pack/$file" -C "$tmp/x" --strip-components=1
  for pattern in package.json 'LICENSE*' $(keep "$name"); do
    # The patterns are meant to be expanded, in the unpacked package.
    (cd "$tmp/x" && for f in $pattern; do
      [ -e "$f" ] || { echo "vendor.sh: $p has no $f" >&2; exit 1; }
      mkdir -p "$fresh/$name/$(dirname "$f")" && cp "$f" "$fresh/$name/$f"
    done)
  done
  rm -rf "$tmp/x"
  echo "$name $version $integrity" >> "$fresh/vendor.lock"
done
find "$fresh" -type f -name '*.mjs' -o -type f -name '*.js' | while read -r f; do
  sed -i '/^\/\/# sourceMappingURL=/d' "$f"
done
rm -rf vendor
mv "$fresh" vendor

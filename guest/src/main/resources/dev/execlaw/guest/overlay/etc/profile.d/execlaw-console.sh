# shellcheck shell=dash
# The prompt of root's login shell on the console emits the semantic marks of OSC 133: A and B around the prompt, C
# before a command runs, D with its exit status after it. They are invisible on a terminal and tell the server where
# the shell stands. Every other shell is left as it is.
if [ -n "${BASH_VERSION-}" ] && [ -n "${PS1-}" ] && {
  [ /proc/self/fd/0 -ef /dev/ttyS0 ] || [ /proc/self/fd/0 -ef /dev/ttyAMA0 ]
}; then
  # shellcheck source=/dev/null
  . /usr/lib/execlaw/console.bash
fi

# shellcheck shell=bash
# Sourced by root's login shell on the console, see /etc/profile.d/execlaw-console.sh.
__execlaw_ran=0

__execlaw_prompt() {
  local status=$?
  if ((__execlaw_ran)); then
    printf '\e]133;D;%d\a' "$status"
    __execlaw_ran=0
  fi
  # Set at every prompt, because ~/.bashrc of some distributions sets PS1 after this file was read.
  case $PS1 in
    *'133;A'*) ;;
    *) PS1='\[\e]133;A\a\]'"$PS1"'\[\e]133;B\a\]' ;;
  esac
  return "$status"
}

PROMPT_COMMAND=__execlaw_prompt
# The arithmetic notes that a command runs, without a fork; an empty line expands no PS0. No \[ \] here: PS0 is not
# readline's, and would show them as bytes.
# shellcheck disable=SC2016 # expanded by each prompt
PS0='\e]133;C\a${__execlaw_ps0:$((__execlaw_ran = 1, 0)):0}'
__execlaw_ps0=
PS1='\u@\h:\w\$ '
bind 'set enable-bracketed-paste off' 2> /dev/null

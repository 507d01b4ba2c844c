# Tells the recording host where each command begins and ends. Read once by an interactive bash, from its --init-file.
# The host writes __rb_dir in front of this text. Everything is said twice: in full to $__rb_dir/side, then by a mark on the terminal.

{ builtin read -r __rb_nonce; builtin read -r __rb_token; builtin read -r __rb_mode; } <"$__rb_dir/nonce"
# Emptied before anything of the user's runs: no child can read the nonce.
: >|"$__rb_dir/nonce"
__rb_seq=0 __rb_ran=1 __rb_told='' __rb_next='' __rb_undo='' __rb_options='' __rb_control='' __rb_ignore=''
declare -A __rb_nothing=([x]='')
# /dev/tty survives `exec >file`; where the terminal doesn't control this session, only the shell's own input is sure to be it.
if { : >/dev/tty; } 2>/dev/null; then __rb_tty=/dev/tty; else __rb_tty=/dev/stdin; fi

__rb_mark() { builtin printf '\e]133;%s;%s;%s%s\a' "$1" "$__rb_nonce" "$__rb_seq" "${2-}" >>"$__rb_tty"; }

# Runs in a subshell of PS0: a command is about to run.
__rb_begin() {
  builtin set +eu
  {
    builtin printf '%s\0' "$__rb_token" C "$__rb_seq" "${EPOCHREALTIME-}" "$1" "${PWD-}" "$__rb_next"
    [[ $__rb_mode == typed ]] && HISTTIMEFORMAT='' builtin history 1
    builtin printf '\0'
  } >>"$__rb_dir/side"
  __rb_mark C
}

# First of PROMPT_COMMAND: a command has ended (or enter was pressed on nothing). Waits for the host.
__rb_end() {
  local status=$1 enabled=$SHELLOPTS:$BASHOPTS
  # Kept until they are set again: ctrl-C may end this function anywhere.
  __rb_options+=$-
  builtin set +eu
  __rb_told=1
  [[ -z $__rb_undo ]] || __rb_take_back
  {
    builtin printf '%s\0' "$__rb_token" D "$__rb_seq" "${EPOCHREALTIME-}" "$status" "${PWD-}"
    builtin declare -px
    builtin printf '\0%s\0' "$enabled"
    # Only a command can change these.
    if [[ -n ${__rb_ran-} ]]; then
      builtin alias -p
      builtin printf '\0'
      builtin declare -f
      builtin printf '\0'
    else
      builtin printf '=\0=\0'
    fi
  } >>"$__rb_dir/side"
  unset -v __rb_ran
  __rb_mark D ";$status"
  __rb_wait
  __rb_seq=$((__rb_seq + 1))
  __rb_restore
  return "$status"
}

# In a subshell of PS1, where nothing of PROMPT_COMMAND was left to tell that a command has ended.
__rb_late() {
  __rb_end "$1"
} >/dev/null 2>&1

__rb_restore() {
  local options=$__rb_options
  __rb_options=''
  [[ $options != *u* ]] || builtin set -u
  [[ $options != *e* ]] || builtin set -e
}

__rb_wait() {
  local seq lent
  while IFS=' ' builtin read -r seq lent <"$__rb_dir/go"; do
    if [[ $seq == "$__rb_seq" ]]; then
      [[ -z $lent ]] || __rb_lend
      return
    fi
  done
}

# Variables for the next command alone; what they were before is put back after it.
__rb_lend() {
  local name value was
  while IFS='' builtin read -r -d '' name && IFS='' builtin read -r -d '' value; do
    was=$(builtin declare -p "$name" 2>/dev/null)
    __rb_undo="builtin unset -v $name; ${was/#declare /declare -g }"$'\n'"$__rb_undo"
    builtin export "$name=$value"
  done <"$__rb_dir/lent"
}

__rb_take_back() {
  builtin eval "$__rb_undo"
  __rb_undo=''
}

# Last of PROMPT_COMMAND: whatever the user's own prompt code did, the next command will be seen.
__rb_prompt() {
  [[ -n $__rb_told ]] || __rb_end "$1"
  __rb_options+=$-
  builtin set +eu
  __rb_told=''
  [[ $__rb_mode != typed ]] || __rb_history
  __rb_install
  __rb_restore
}

# Each command must enter the history to be read there; the user's own rules are applied once it was read.
# While a command runs the user's HISTCONTROL and HISTIGNORE stand (PS0 puts them back), at the prompt they are unset.
__rb_history() {
  local line
  __rb_control=${HISTCONTROL-$__rb_control} __rb_ignore=${HISTIGNORE-$__rb_ignore}
  if [[ -n $__rb_control$__rb_ignore && -n $__rb_next && $HISTCMD -gt $__rb_next ]]; then
    line=$(HISTTIMEFORMAT='' builtin history 1)
    builtin history -d "$((HISTCMD - 1))"
    HISTCONTROL=$__rb_control HISTIGNORE=$__rb_ignore
    builtin history -s -- "${line#*[0-9][* ] }"
  fi
  unset -v HISTCONTROL HISTIGNORE
  __rb_next=$HISTCMD
}

__rb_install() {
  local part
  local -a users=()
  if [[ -z $__rb_arrays ]]; then
    # Older than arrays of prompt commands: one string.
    part=${PROMPT_COMMAND-}
    part=${part//"$__rb_first"/:} part=${part//"$__rb_last"/:}
    while [[ $part == :$'\n'* ]]; do part=${part#:$'\n'}; done
    while [[ $part == *$'\n': ]]; do part=${part%$'\n':}; done
    PROMPT_COMMAND=$__rb_first$'\n'${part:-:}$'\n'$__rb_last
  else
  for part in "${PROMPT_COMMAND[@]}"; do
    part=${part//"$__rb_first"/:} part=${part//"$__rb_last"/:}
    [[ $part == : ]] || users+=("$part")
  done
  # The last one sits where neither an assignment nor += of the user's reaches it.
  PROMPT_COMMAND=("$__rb_first" "${users[@]}") PROMPT_COMMAND[99]=$__rb_last
  fi
  [[ $PS0 == *"$__rb_ps0" ]] || PS0=${PS0//"$__rb_ps0"/}$__rb_ps0
  [[ $PS1 == *"$__rb_ps1" ]] || PS1=${PS1//"$__rb_ps1"/}$__rb_ps1
  [[ $PS2 == *"$__rb_ps2" ]] || PS2=${PS2//"$__rb_ps2"/}$__rb_ps2
  builtin shopt -s promptvars
}

__rb_arrays=1
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) && [[ -z ${__rb_strings-} ]] || __rb_arrays=''
# What follows sees the command's own status, and `set -e` takes no offence at it.
__rb_first='{ __rb_end "$?" && :; } >/dev/null 2>&1'
__rb_last='{ __rb_prompt "$?"; } >/dev/null 2>&1'
__rb_ps1='\e]133;B;$__rb_nonce;$__rb_seq;$?\a\]'
# Where a user may have taken all of PROMPT_COMMAND away, the prompt itself tells of the end.
if [[ -z $__rb_arrays ]]; then __rb_ps1='${__rb_ran:+$(__rb_late "$?")}'$__rb_ps1; fi
__rb_ps1='\['$__rb_ps1
__rb_ps2='\[\e]133;M;$__rb_nonce;$__rb_seq\a\]'
# The subscript expands to nothing; on the way it restores what must be set while a command runs.
__rb_ps0='${__rb_nothing[x${__rb_ran=1}]-}$({ __rb_begin "$?"; } 2>/dev/null)'
[[ -z $__rb_arrays ]] || __rb_ps0='${__rb_nothing[x${PROMPT_COMMAND[99]=$__rb_last}]-}'$__rb_ps0
[[ $__rb_mode != typed ]] ||
  __rb_ps0='${__rb_nothing[x${HISTCONTROL=$__rb_control}${HISTIGNORE=$__rb_ignore}]-}'$__rb_ps0

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  __rb_mark U
elif [[ -r ~/.bashrc ]]; then
  . ~/.bashrc
fi

shopt -s cmdhist lithist
# What a script types is pasted, so that tabs and newlines are taken literally in every editing mode.
bind 'set enable-bracketed-paste on' 2>/dev/null
for __rb_map in emacs vi-insert vi-command; do bind -m "$__rb_map" '"\e[200~": bracketed-paste-begin' 2>/dev/null; done
unset -v __rb_map
if [[ $__rb_mode == typed ]]; then
  # A history that is off can't tell the text of a command: it is on, but saved nowhere.
  if [[ ! -o history || ${HISTSIZE-500} == 0 ]]; then
    set -o history
    HISTSIZE=500
    unset -v HISTFILE
  fi
else
  unset -v HISTFILE
  set +o history +o histexpand
fi
__rb_install

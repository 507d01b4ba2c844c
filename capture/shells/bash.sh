# Tells the recording host where each command begins and ends. Read once by an interactive bash, from its --init-file.
# The host writes __rb_dir in front of this text. Everything is said twice: in full to $__rb_dir/side, then by a mark on the terminal.
# On another machine there is no such folder: __rb_far is set in front, with what the folder would tell, and the terminal takes it all.

: "${__rb_far=}"
if [[ -z $__rb_far ]]; then
  { builtin read -r __rb_nonce; builtin read -r __rb_token; builtin read -r __rb_mode; } <"$__rb_dir/nonce"
  # Emptied before anything of the user's runs: no child can read the nonce.
  : >|"$__rb_dir/nonce"
fi
# __rb_wild: empty when no command ran, 0 when one ran that can define nothing, 1 for any other.
__rb_seq=0 __rb_wild=1 __rb_told='' __rb_installed='' __rb_next='' __rb_undo='' __rb_control='' __rb_ignore='' __rb_cwd=''
declare -A __rb_nothing=([x]='')
# /dev/tty survives `exec >file`; where the terminal doesn't control this session, only the shell's own input is sure to be it.
if { : >/dev/tty; } 2>/dev/null; then __rb_tty=/dev/tty; else __rb_tty=/dev/stdin; fi
if [[ -z $__rb_far ]]; then __rb_side=$__rb_dir/side; else __rb_side=$__rb_tty; fi

__rb_mark() { builtin printf '\e]133;%s;%s;%s%s\a' "$1" "$__rb_nonce" "$__rb_seq" "${2-}" >>"$__rb_tty"; }

# Runs in PS0: a command is about to run. REPLY: whether it may define functions or aliases, 0 or 1.
__rb_begin() {
  local line='' number
  # Where the user has switched it off, what it holds is no text of this command.
  [[ $__rb_mode != typed || ! -o history ]] || __rb_last_line
  builtin printf '%s\0' "$__rb_token" C "$__rb_seq" "${EPOCHREALTIME-}" "$1" "${PWD-}" "$__rb_next" "$line" >>"$__rb_side"
  __rb_mark C
  # In a replay no text is known here; nor where the history is off, or holds only what came before.
  number=${line#"${line%%[0-9]*}"}
  [[ $__rb_mode == typed && -o history && ${number%%[!0-9]*} -ge $__rb_next ]] && __rb_is_tame "${line#*[0-9][* ] }" :
  REPLY=$?
}

# The newest entry of the history with its number, as `line`. By way of a file, for a fork costs more than all the rest;
# one that is not truncated, for that costs more than to write.
__rb_last_line() {
  { HISTTIMEFORMAT='' builtin history 1; builtin printf '\0'; } 1<>"$__rb_dir/line"
  IFS='' builtin read -r -d '' line <"$__rb_dir/line"
}

# Whether nothing in a command can define a function or an alias: then they need not be told. It may see commands where
# there are none, but misses none. $2: names of aliases that are not expanded again.
__rb_is_tame() {
  local part word value IFS=$';&|()`\n'
  [[ $1 != *\(*([[:blank:]])\)* ]] || return
  for part in $1; do
    part=${part#"${part%%[![:blank:]]*}"}
    word=${part%%[[:blank:]]*}
    case $word in
      '') continue ;;
      *[!A-Za-z0-9_./+@:%,-]*) return 1 ;;
      . | source | eval | unset | alias | unalias | trap | fc | bind | command | builtin | exec | enable) return 1 ;;
      mapfile | readarray | jobs | compgen | complete | coproc | function | time) return 1 ;;
      if | then | elif | else | for | while | until | do | case | in | select) return 1 ;;
    esac
    # Whoever calls has sent the output away: to do so here for each word would cost more than to ask.
    ! builtin declare -F -- "$word" || return
    if [[ $2 != *:$word:* && -n ${BASH_ALIASES[$word]+x} ]]; then
      value=${BASH_ALIASES[$word]}
      # Behind an empty one, or one that ends in a blank, the next word is looked at as well.
      [[ $value == *[![:blank:]] ]] && __rb_is_tame "$value" "$2$word:" || return
    fi
  done
}

# First of PROMPT_COMMAND: a command has ended (or enter was pressed on nothing). Waits for the host.
__rb_end() {
  local __rb_enabled=$SHELLOPTS:$BASHOPTS
  # The user's options come back by themselves, wherever ctrl-C may end this; without T no trap of theirs is run below.
  local -
  builtin set +euxT
  __rb_tell_end "$1" "$__rb_enabled"
  return "$1"
}

__rb_tell_end() {
  __rb_told=1 __rb_cwd=$PWD
  [[ -z $__rb_undo ]] || __rb_take_back
  if [[ -n $__rb_far ]]; then __rb_tell_far "$1" "$2"; else __rb_tell_here "$1" "$2"; fi
  __rb_wild=''
  __rb_mark D ";$1"
  __rb_wait
  __rb_seq=$((__rb_seq + 1))
}

__rb_tell_here() {
  [[ $__rb_mode != handed ]] || builtin declare -p >|"$__rb_dir/kept$((__rb_seq & 1))"
  {
    builtin printf '%s\0' "$__rb_token" D "$__rb_seq" "${EPOCHREALTIME-}" "$1" "${PWD-}"
    builtin declare -px
    builtin printf '\0%s\0' "$2"
    if [[ ${__rb_wild-1} == 0 || -z ${__rb_wild-1} ]]; then
      builtin printf '=\0=\0'
    else
      builtin alias -p
      builtin printf '\0'
      builtin declare -f
      builtin printf '\0'
    fi
  } >>"$__rb_side"
}

# A line that is written to a terminal is a packet of its own: what has lines is sent without their ends.
__rb_tell_far() {
  local __rb_all __rb_aliases='=' __rb_functions='='
  __rb_all=$(builtin declare -p)
  if [[ ${__rb_wild-1} != 0 && -n ${__rb_wild-1} ]]; then
    __rb_aliases='' __rb_functions=''
    ((${#BASH_ALIASES[*]} == 0)) || __rb_aliases=$(builtin alias -p)
    __rb_tell_functions
  fi
  __rb_send "$__rb_token" K "$((__rb_seq & 1))" "$__rb_all" "$__rb_token" D "$__rb_seq" "${EPOCHREALTIME-}" "$1" "${PWD-}" = "$2" \
    "$__rb_aliases" "$__rb_functions"
}

# The text of all that is defined here is longer than most users' own: it stays here.
__rb_tell_functions() {
  local name='' IFS=$'\n'
  local -a users=()
  builtin set -f
  for name in $(builtin compgen -A function); do [[ $name == __rb_* ]] || users+=("$name"); done
  # A small bash may have no compgen.
  [[ -n $name && ${#users[*]} == 0 ]] || __rb_functions=$(builtin declare -f -- "${users[@]}")
}

# By bytes, for by characters it takes ten times as long.
__rb_send() {
  local LC_ALL=C
  builtin printf '%s\0' "${@//$'\n'/$'\x1e'}" >>"$__rb_side"
}

# In a subshell of PS1, where nothing of PROMPT_COMMAND was left to tell that a command has ended.
__rb_late() {
  __rb_end "$1"
} >/dev/null 2>&1

__rb_wait() {
  local seq
  [[ -z $__rb_far ]] || return 0
  while IFS='' builtin read -r seq <"$__rb_dir/go"; do
    [[ $seq != "$__rb_seq" ]] || return
  done
}

# What a key does that a replay presses: the line is what lies in a file, whatever is in it. $1: what `$_` must stay.
__rb_take() {
  local text
  local -
  builtin set +euxT -f
  if [[ -n $__rb_far ]]; then __rb_fetch; else { IFS='' builtin read -r -d '' text; __rb_lend; } <"$__rb_dir/typed"; fi
  READLINE_LINE=$text READLINE_POINT=${#text}
  # All that PS0 would tell is known now, unless the user's prompt code has gone elsewhere: a mark will do, without a fork.
  [[ -z $__rb_forks || $PWD != "$__rb_cwd" ]] || { __rb_is_tame "$text" : && __rb_bold=0 || __rb_bold=1; }
  return 0
}

# From afar the line itself says what is to be typed: the command, then names and values, in words that printf %b reads,
# each ended by a tilde.
__rb_fetch() {
  local IFS='~' at
  local -a words
  __rb_mark X
  words=($READLINE_LINE)
  builtin printf -v text %b "${words[0]-}"
  for ((at = 1; at + 1 < ${#words[*]}; at += 2)); do
    builtin printf -v words[at] %b "${words[at]}"
    builtin printf -v words[at+1] %b "${words[at + 1]}"
    __rb_lend_one "${words[at]}" "${words[at + 1]}"
  done
}

# From afar: what a key does that asks something. The answer goes the way of a record; nothing of the shell changes.
__rb_look() {
  local text
  local -
  builtin set +euxT -fB
  __rb_fetch
  { builtin printf '%s\0' "$__rb_token" P; (builtin eval "$text") </dev/null 2>/dev/null; builtin printf '\0'; } >>"$__rb_side"
  __rb_mark P
  READLINE_LINE='' READLINE_POINT=0
}

# Variables for the next command alone; what they were before is put back after it.
__rb_lend() {
  local name value
  while IFS='' builtin read -r -d '' name && IFS='' builtin read -r -d '' value; do __rb_lend_one "$name" "$value"; done
}

__rb_lend_one() {
  local was
  was=$(builtin declare -p "$1" 2>/dev/null)
  __rb_undo="builtin unset -v $1; ${was/#declare /declare -g }"$'\n'"$__rb_undo"
  builtin export "$1=$2"
}

__rb_take_back() {
  builtin eval "$__rb_undo"
  __rb_undo=''
}

# Last of PROMPT_COMMAND: whatever the user's own prompt code did, the next command will be seen.
__rb_prompt() {
  [[ -n $__rb_told ]] || __rb_end "$1"
  local -
  builtin set +euxT
  __rb_told=''
  unset -v __rb_bold
  [[ $__rb_mode != typed ]] || __rb_history
  __rb_install
}

# Each command must enter the history to be read there; the user's own rules are applied once it was read.
# While a command runs the user's HISTCONTROL and HISTIGNORE stand (PS0 puts them back), at the prompt they are unset.
__rb_history() {
  local line
  __rb_control=${HISTCONTROL-$__rb_control} __rb_ignore=${HISTIGNORE-$__rb_ignore}
  if [[ -n $__rb_control$__rb_ignore && -n $__rb_next && $HISTCMD -gt $__rb_next ]]; then
    __rb_last_line
    line=${line%$'\n'}
    builtin history -d "$((HISTCMD - 1))"
    HISTCONTROL=$__rb_control HISTIGNORE=$__rb_ignore
    builtin history -s -- "${line#*[0-9][* ] }"
  fi
  unset -v HISTCONTROL HISTIGNORE
  __rb_next=$HISTCMD
}

__rb_install() {
  local part
  builtin shopt -s promptvars
  # What was left as it is need not be put right: that is dearer than to look.
  [[ $__rb_installed != "${#PROMPT_COMMAND[*]}${PROMPT_COMMAND[*]-}$PS0$PS1$PS2" ]] || return 0
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
  __rb_installed=${#PROMPT_COMMAND[*]}${PROMPT_COMMAND[*]-}$PS0$PS1$PS2
}

__rb_arrays=1
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) && [[ -z ${__rb_strings-} ]] || __rb_arrays=''
# What follows sees the command's own status, and `set -e` takes no offence at it.
__rb_first='{ __rb_end "$?" && :; } >/dev/null 2>&1'
__rb_last='{ __rb_prompt "$?"; } >/dev/null 2>&1; { [[ -t 9 ]] || __rb_diverted; } 9>&2 2>/dev/null || builtin eval "$__rb_borrow"'
# Behind `exec 2>file` the prompt, and our marks with it, would go into that file: the terminal stands in for it, until the next
# command is about to run. In a function neither redirections of `builtin exec` nor a DEBUG trap would outlast its return.
__rb_diverted() { __rb_traced=${-//[!x]/}; builtin set +x; \exec {__rb_err}>&9; return 1; }
__rb_borrow='builtin set +x; __rb_debug=$(builtin trap -p DEBUG); \exec 2>>"$__rb_tty"; builtin trap "$__rb_lent" DEBUG'
__rb_lent='[[ $BASH_COMMAND == *__rb_* ]] || builtin eval "$__rb_return"'
__rb_return='\exec 2>&"${__rb_err:--}"; [[ -z $__rb_err ]] || \exec {__rb_err}>&-
__rb_err=""; builtin eval "${__rb_debug:-builtin trap - DEBUG}"; [[ -z $__rb_traced ]] || builtin set -x'
__rb_err='' __rb_traced=''
__rb_ps1='\e]133;B;$__rb_nonce;$__rb_seq;$?\a\]'
# Where a user may have taken all of PROMPT_COMMAND away, the prompt itself tells of the end.
if [[ -z $__rb_arrays ]]; then __rb_ps1='${__rb_wild:+$(__rb_late "$?")}'$__rb_ps1; fi
__rb_ps1='\['$__rb_ps1
__rb_ps2='\[\e]133;M;$__rb_nonce;$__rb_seq\a\]'
# What the user lets be traced or trapped is not run by ours.
__rb_ps0='{ __rb_status=$?; builtin set +euxT -f; __rb_begin "$__rb_status"; } >/dev/null 2>&1;'
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 503)); then
  __rb_forks=1
  __rb_ps0='${__rb_bold-$('${__rb_ps0/; builtin/; builtin trap - DEBUG; builtin}' builtin printf %s "$REPLY")}'
else
  __rb_forks=''
  __rb_ps0='${| { local - __rb_status; } >/dev/null 2>&1; '$__rb_ps0' }'
fi
# The subscript expands to nothing; on the way it restores what must be set while a command runs.
__rb_ps0='${__rb_nothing[x$((__rb_wild|=0'$__rb_ps0'))]-}${__rb_bold:+\e]133;C;$__rb_nonce;$__rb_seq;${EPOCHREALTIME-}\a}'
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
# A terminal that takes no sequences is not asked for brackets; what a script types brings its own.
[[ $__rb_mode == typed && ${TERM-} == dumb ]] || bind 'set enable-bracketed-paste on' 2>/dev/null
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
  for __rb_map in emacs vi-insert vi-command; do
    bind -m "$__rb_map" -x '"\e[5200~": { __rb_take "$_"; } >/dev/null 2>&1' 2>/dev/null
    bind -m "$__rb_map" '"\e[5201~": accept-line' 2>/dev/null
    [[ -z $__rb_far ]] || bind -m "$__rb_map" -x '"\e[5202~": { __rb_look; } >/dev/null 2>&1' 2>/dev/null
  done
  unset -v __rb_map
fi
__rb_install
if [[ -n $__rb_far ]]; then
  # Back in a locale that is not there, bash says so each time.
  __rb_send "$__rb_token" K '' "$(declare -p)" 2>/dev/null
  builtin eval "$__rb_before" >/dev/null 2>&1
  # Every variable goes over the line with each command's end.
  builtin unset -v __rb_before
else
  [[ $__rb_mode != handed ]] || declare -p >|"$__rb_dir/kept"
  [[ ! -r $__rb_dir/before ]] || . "$__rb_dir/before" >/dev/null 2>&1
fi

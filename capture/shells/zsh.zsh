# Tells the recording host where each command begins and ends. Read once by an interactive zsh, as the .zshenv of a private ZDOTDIR.
# The host writes __rb_dir in front of this text. Everything is said twice: in full to $__rb_dir/side, then by a mark on the terminal.

# From here on ZDOTDIR is the user's own again: zsh itself reads the rest of their startup files.
if (( ${+REPLAYBOOK_ZDOTDIR} )); then
  export ZDOTDIR=$REPLAYBOOK_ZDOTDIR
  unset REPLAYBOOK_ZDOTDIR
else
  unset ZDOTDIR
fi

{ builtin read -r __rb_nonce; builtin read -r __rb_token; builtin read -r __rb_mode } <$__rb_dir/nonce
# Emptied before anything of the user's runs: no child can read the nonce.
: >|$__rb_dir/nonce
typeset -gi __rb_seq=0 __rb_wraps=0
typeset -g __rb_told='' __rb_ran=1 __rb_armed='' __rb_undo='' __rb_widget='' __rb_begun=1
typeset -g __rb_options='' __rb_aliases='' __rb_functions=''
# /dev/tty survives `exec >file`; where the terminal doesn't control this session, only the shell's own input is sure to be it.
typeset -g __rb_tty=/dev/tty
{ : >/dev/tty } 2>/dev/null || __rb_tty=/dev/stdin
zmodload zsh/sched zsh/parameter
zmodload -F zsh/datetime p:EPOCHREALTIME

__rb_mark() { builtin print -rn -- $'\e]133;'"$1;$__rb_nonce;$__rb_seq${2-}"$'\a' >>$__rb_tty }

# A command has ended (or enter was pressed on nothing): its status, and the user's options. Waits for the host.
__rb_end() {
  builtin emulate -L zsh -o no_err_exit -o no_err_return -o no_xtrace -o no_aliases -o no_all_export
  builtin trap - DEBUG ZERR
  [[ -z $__rb_told ]] || return $1
  __rb_told=1
  [[ -z $__rb_undo ]] || { builtin eval "$__rb_undo"; __rb_undo='' }
  __rb_tell_end $1 "$2" >>$__rb_dir/side
  __rb_ran=''
  __rb_mark D ";$1"
  __rb_wait
  (( ++__rb_seq ))
  return $1
}

__rb_tell_end() {
  local name now
  local -a exported
  for name in ${(k)parameters[(R)*export*]}; do exported+=("$name" "${(P)name}"); done
  # How the mark of a partial line looks that zsh has just printed.
  builtin print -rN -- "$__rb_token" D $__rb_seq $EPOCHREALTIME $1 "$PWD" "${(%%)${PROMPT_EOL_MARK-%B%S%#%s%b}}" \
    $#exported "${exported[@]}"
  if [[ $__rb_options == "$2" ]]; then builtin print -rN -- =; else builtin print -rN -- 1 "$2"; fi
  __rb_options=$2
  # Only a command can change these; to write them down takes longer than all the rest.
  [[ -n $__rb_ran ]] || { builtin print -rN -- = =; return }
  now="${(@kv)aliases}${(@kv)galiases}"
  if [[ $__rb_aliases == "$now" ]]; then builtin print -rN -- =; else
    builtin print -rN -- $(( 2 * ($#aliases + $#galiases) )) "${(@kv)aliases}" "${(@kv)galiases}"
  fi
  __rb_aliases=$now
  now="${(@kv)functions}"
  if [[ $__rb_functions == "$now" ]]; then builtin print -rN -- =; else
    builtin print -rN -- $(( 2 * $#functions )) "${(@kv)functions}"
  fi
  __rb_functions=$now
}

__rb_wait() {
  local seq lent name value
  while IFS=' ' builtin read -r seq lent <$__rb_dir/go; do
    [[ $seq == $__rb_seq ]] || continue
    [[ -z $lent ]] || while IFS='' builtin read -r -d '' name && IFS='' builtin read -r -d '' value; do
      # What it was before is put back after the next command.
      if (( ! ${(P)+name} )); then __rb_undo="unset $name; $__rb_undo"
      elif [[ ${(Pt)name} == *export* ]]; then __rb_undo="export $name=${(qqqq)${(P)name}}; $__rb_undo"
      else __rb_undo="typeset -g +x $name=${(qqqq)${(P)name}}; $__rb_undo"
      fi
      builtin export "$name=$value"
    done <$__rb_dir/lent
    return
  done
}

# Runs before each command, behind the user's own hooks.
__rb_begin() {
  builtin emulate -L zsh -o no_err_exit -o no_err_return -o no_xtrace -o no_aliases -o no_all_export
  builtin trap - DEBUG ZERR
  __rb_armed='' __rb_told='' __rb_ran=1 __rb_begun=1
  builtin print -rN -- "$__rb_token" C $__rb_seq $EPOCHREALTIME $1 "$PWD" $HISTCMD "$2" >>$__rb_dir/side
  # Hooks that this command takes away are put back when it has ended: `sched` runs what is due before each prompt.
  builtin sched +0 __rb_repair
  __rb_mark C
}

# Whatever the user's code did to the hooks, the next command will be seen.
__rb_install() {
  builtin emulate -L zsh -o no_err_exit -o no_err_return -o no_xtrace -o no_aliases -o no_all_export
  builtin trap - DEBUG ZERR
  # A plain `precmd` runs before all of the array.
  if (( $+functions[precmd] )) && [[ $functions[precmd] != *__rb_precmd* ]]; then
    functions[precmd]="__rb_precmd"$'\n'"$functions[precmd]"
  fi
  typeset -ga precmd_functions preexec_functions
  precmd_functions=(__rb_precmd ${precmd_functions:#__rb_*} __rb_prompt)
  preexec_functions=(${preexec_functions:#__rb_*} __rb_preexec)
  if [[ ${widgets[zle-line-init]-} != "$__rb_widget" ]]; then
    local old=rb-line-init-$(( ++__rb_wraps ))
    functions[__rb_line_init_$__rb_wraps]=__rb_at_line
    if (( $+widgets[zle-line-init] )); then
      builtin zle -A zle-line-init $old
      functions[__rb_line_init_$__rb_wraps]+="; zle $old -- \"\$@\""
    fi
    builtin zle -N zle-line-init __rb_line_init_$__rb_wraps
    __rb_widget=$widgets[zle-line-init]
  fi
  builtin zle -N __rb_paste
  local map
  for map in main emacs viins vicmd; do builtin bindkey -M $map '\e[5200~' __rb_paste; done
  [[ $__rb_mode != handed ]] || unset HISTFILE
  __rb_armed=1 __rb_told='' __rb_begun=''
  # Without a line editor nothing else says that a command may be typed.
  [[ -n $1 ]] || __rb_mark B
}

# The line editor has drawn its prompt: the first one of a command, or one for more of it.
__rb_at_line() {
  builtin emulate -L zsh -o no_err_exit -o no_err_return -o no_xtrace -o no_aliases -o no_all_export
  if [[ $CONTEXT == cont ]]; then
    __rb_mark M
  elif [[ $CONTEXT == start && -n $__rb_armed ]]; then
    __rb_armed=''
    __rb_mark B
  fi
} >/dev/null 2>&1

# What a script types is taken literally, whatever is bound to a paste or to enter.
__rb_paste() {
  BUFFER=''
  builtin zle .bracketed-paste
  builtin zle .accept-line
}

# The user's options are looked at before ours are set.
__rb_precmd() { __rb_end $? "${${(@kv)options}[*]}" } >/dev/null 2>&1
__rb_preexec() { __rb_begin $? "$1" } >/dev/null 2>&1
__rb_prompt() {
  __rb_install "${options[zle]:#off}"
  [[ $__rb_mode != handed ]] || builtin setopt no_bang_hist
} >/dev/null 2>&1
__rb_repair() {
  [[ -n $__rb_begun ]] || return $?
  __rb_end $? "${${(@kv)options}[*]}"
  __rb_prompt
} >/dev/null 2>&1

[[ $__rb_mode != handed ]] || setopt no_bang_hist
typeset -ga precmd_functions preexec_functions
precmd_functions+=(__rb_precmd __rb_prompt)
preexec_functions+=(__rb_preexec)
builtin sched +0 __rb_repair
# Who has no startup files yet is not asked about them in a recording.
zsh-newuser-install() { : }

if [[ -r ${ZDOTDIR:-$HOME}/.zshenv ]]; then source ${ZDOTDIR:-$HOME}/.zshenv; fi

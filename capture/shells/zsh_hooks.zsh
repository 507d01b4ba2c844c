# What the hooks of zsh do; read with options of its own, which its functions keep: nothing in them is traced. What the user
# traps is not run by them either, as the first that each does is to take the traps away.

__rb_mark() { builtin print -rn -- $'\e]133;'"$1;$__rb_nonce;$__rb_seq${2-}"$'\a' >>$__rb_tty }

# First of all hooks: what is printed from here on is theirs, and no output of the command.
__rb_quiet() {
  builtin trap - ${${__rb_status::=$?}:+DEBUG} ZERR
  [[ -n $__rb_told ]] || __rb_mark E
  return $__rb_status
} >/dev/null 2>&1

# A command has ended (or enter was pressed on nothing): its status, and the user's options. Waits for the host.
__rb_end() {
  builtin trap - DEBUG ZERR
  [[ -z $__rb_told ]] || return $1
  __rb_told=1
  [[ -z $__rb_undo ]] || { builtin eval "$__rb_undo"; __rb_undo='' }
  [[ $__rb_mode != handed ]] || builtin typeset -p >|$__rb_dir/kept$(( __rb_seq & 1 ))
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
  local seq
  while IFS='' builtin read -r seq <$__rb_dir/go; do
    [[ $seq != $__rb_seq ]] || return
  done
}

# Runs before each command, behind the user's own hooks.
__rb_begin() {
  builtin trap - DEBUG ZERR
  __rb_armed='' __rb_told='' __rb_ran=1 __rb_begun=1
  builtin print -rN -- "$__rb_token" C $__rb_seq $EPOCHREALTIME $1 "$PWD" $HISTCMD "$2" >>$__rb_dir/side
  # Hooks that this command takes away are put back when it has ended: `sched` runs what is due before each prompt.
  # It leaves the status as it is.
  builtin sched +0 '__rb_repair && :'
  __rb_mark C
}

# Whatever the user's code did to the hooks, the next command will be seen.
__rb_install() {
  builtin trap - DEBUG ZERR
  local text
  __rb_define=''
  # A plain `precmd` runs before all of the array.
  if (( $+functions[precmd] )) && [[ $functions[precmd] != *__rb_precmd* ]]; then
    text="__rb_quiet && :; __rb_precmd && :"$'\n'"$functions[precmd]"
    __rb_define+="functions[precmd]=${(q)text}"$'\n'
  fi
  typeset -ga precmd_functions preexec_functions
  precmd_functions=(__rb_quiet __rb_precmd ${precmd_functions:#__rb_*} __rb_prompt)
  preexec_functions=(${preexec_functions:#__rb_*} __rb_preexec)
  if [[ ${widgets[zle-line-init]-} != "$__rb_widget" ]]; then
    local old=rb-line-init-$(( ++__rb_wraps ))
    text=__rb_at_line
    if (( $+widgets[zle-line-init] )); then
      builtin zle -A zle-line-init $old
      text+="; zle $old -- \"\$@\""
    fi
    __rb_define+="functions[__rb_line_init_$__rb_wraps]=${(q)text}"$'\n'
    builtin zle -N zle-line-init __rb_line_init_$__rb_wraps
    __rb_widget=$widgets[zle-line-init]
  fi
  builtin zle -N __rb_take
  local map
  for map in main emacs viins vicmd; do builtin bindkey -M $map '\e[5200~' __rb_take; done
  [[ $__rb_mode != handed ]] || unset HISTFILE
  __rb_armed=1 __rb_told='' __rb_begun=''
  # Without a line editor nothing else says that a command may be typed.
  [[ -n $1 ]] || __rb_mark B
}

# The line editor has drawn its prompt: the first one of a command, or one for more of it.
__rb_at_line() {
  if [[ $CONTEXT == cont ]]; then
    __rb_mark M
  elif [[ $CONTEXT == start && -n $__rb_armed ]]; then
    __rb_armed=''
    __rb_mark B
  fi
} >/dev/null 2>&1

# The key that a script presses: its text lies in a file, and is taken as it is, whatever is bound to a paste or to enter.
# Variables behind it are for this command alone; what they were before is put back after it.
__rb_take() {
  local name value
  local -a fields=("${(@0)mapfile[$__rb_dir/typed]}")
  BUFFER=$fields[1]
  for name value in "${(@)fields[2,-2]}"; do
    if (( ! ${(P)+name} )); then __rb_undo="unset $name; $__rb_undo"
    elif [[ ${(Pt)name} == *export* ]]; then __rb_undo="export $name=${(qqqq)${(P)name}}; $__rb_undo"
    else __rb_undo="typeset -g +x $name=${(qqqq)${(P)name}}; $__rb_undo"
    fi
    builtin export "$name=$value"
  done
  builtin zle .accept-line
}

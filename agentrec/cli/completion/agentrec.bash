# Completion of agentrec for bash.

_agentrec() {
  local IFS=$'\n' words=() starts=() reply=() line=${COMP_LINE:0:COMP_POINT} word i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    # Bash splits at @, : and = as well: what has no blank before it belongs to the word before.
    if ((i > 0)) && [[ $line != [[:blank:]]* ]]; then
      words[-1]+=$word
    else
      words+=("$word")
      starts+=("$i")
    fi
    line=${line#"${line%%[![:blank:]]*}"}
    line=${line#"$word"}
  done
  words=("${words[@]//[\"\'\\]/}")
  local cur=${words[-1]} option='' breaks=${COMP_WORDBREAKS//[!@:=]/}
  mapfile -t reply < <("${words[0]/#\~/$HOME}" completion --candidates -- "${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  [[ ${reply[0]-} == *nospace ]] && compopt -o nospace
  for word in "${reply[@]:1}"; do
    word=${word%%$'\t'*}
    # What only contains the word replaces it, if there is no choice.
    if [[ $word == "$cur"* ]] || ((${#reply[@]} == 2)); then
      printf -v word %q "$word"
      COMPREPLY+=("$word")
    fi
  done
  [[ $cur == --*=* ]] && option=${cur%%=*}=
  case ${reply[0]-} in
    [0-9]*)
      _agentrec_command "${starts[${reply[0]%% *}]}"
      return
      ;;
    files*) _agentrec_paths -f ;;
    folders*) _agentrec_paths -d ;;
    recordings*)
      _agentrec_paths -f -X '!*.ahr'
      [[ $cur ]] && _agentrec_paths -d
      ;;
  esac
  compopt -o nosort
  # Readline replaces only what follows the last of these, a @ with it.
  if [[ $breaks ]]; then
    word=${cur%"${cur##*[$breaks]}"}
    COMPREPLY=("${COMPREPLY[@]#"${word%@}"}")
  fi
}

_agentrec_paths() {
  local found
  mapfile -t found < <(compgen "$@" -- "${cur#"$option"}")
  ((${#found[@]})) || return
  compopt -o filenames
  COMPREPLY+=("${found[@]/#/$option}")
}

# What the command completes that begins with word $1.
_agentrec_command() {
  local name=${COMP_WORDS[$1]} line=$COMP_LINE spec i
  for ((i = 0; i < $1; i++)); do
    line=${line#*"${COMP_WORDS[i]}"}
  done
  line=${line#"${line%%[![:blank:]]*}"}
  ((COMP_POINT -= ${#COMP_LINE} - ${#line}, COMP_CWORD -= $1))
  COMP_LINE=$line COMP_WORDS=("${COMP_WORDS[@]:$1}")
  if ((COMP_CWORD == 0)); then
    _agentrec_paths -c
    return
  fi
  if ! complete -p -- "${name##*/}" &>/dev/null && spec=$(complete -p -D 2>/dev/null); then
    spec=${spec##* -F } # what loads completions when they are needed
    "${spec%% *}" "$name"
  fi
  IFS=$' \t\n'
  spec=$(complete -p -- "$name" 2>/dev/null || complete -p -- "${name##*/}" 2>/dev/null)
  for i in bashdefault default dirnames filenames noquote nosort nospace plusdirs; do
    [[ $spec == *" -o $i "* || ! $spec && $i == default ]] && compopt -o "$i"
  done
  if [[ $spec == *" -F "* ]]; then
    spec=${spec##* -F }
    "${spec%% *}" "$name" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
  elif [[ $spec ]]; then
    spec=${spec#complete}
    mapfile -t COMPREPLY < <(eval "compgen ${spec% *} -- \"\${COMP_WORDS[COMP_CWORD]}\"")
  fi
}

complete -F _agentrec agentrec

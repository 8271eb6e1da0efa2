#compdef agentrec
# Completion of agentrec for zsh.

_agentrec() {
  local -a reply found shown
  local program=${~words[1]} word=${(Q)PREFIX} line
  reply=("${(@f)$("$program" completion --candidates -- "${(@Q)words[2,CURRENT-1]}" "$word" 2>/dev/null)}")
  local more=${reply[1]%% *} end=${reply[1]##* }
  if [[ $more == <-> ]]; then
    shift $more words
    ((CURRENT -= more))
    _normal -p agentrec
    return
  fi
  # The longest value: all of them as dots, sorted.
  local -i width=${#${(O@)${reply[2,-1]%%$'\t'*}//?/.}[1]}
  for line in "${(@)reply[2,-1]}"; do
    found+=("${line%%$'\t'*}")
    [[ $line == *$'\t'* ]] && line="${(r:width:)found[-1]}  -- ${line#*$'\t'}"
    shown+=("$line")
  done
  local -a how=(-U -V agentrec -d shown)
  [[ $reply[2] == *$'\t'* ]] && how+=(-l)
  [[ $end == nospace ]] && how+=(-S '')
  # What only contains the word: choose from a menu, the newest first.
  [[ $found[1] == $word* ]] || compstate[insert]=menu
  compadd "${(@)how}" -a found
  local code=$?
  compset -P '--*='
  case $more in
    files) _files ;;
    folders) _files -/ ;;
    recordings) _files -g '*.ahr(-.)' ;;
    *) return $code ;;
  esac
}

if [[ $funcstack[1] == _agentrec ]]; then
  _agentrec "$@"
else
  compdef _agentrec agentrec
fi

# Completion of agentrec for fish.

function __agentrec_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l program (string replace -r '^~' -- $HOME $words[1])
    set -l reply ($program completion --candidates -- $words[2..] "$word" 2>/dev/null)
    set -l more (string split ' ' -- $reply[1])[1]
    printf '%s\n' $reply[2..]
    switch "$more"
        case files
            __fish_complete_path "$word"
        case folders
            __fish_complete_directories "$word"
        case recordings
            __fish_complete_path "$word" | string match -r '^[^\t]*(?:/|\.ahr)(?:\t.*)?$'
        case '' none
        case '*'
            complete -C (string join ' ' -- (string escape -- $words[(math $more + 1)..]) "$word")
    end
end

complete -c agentrec -f -k -a '(__agentrec_complete)'

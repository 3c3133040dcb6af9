export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** The command that scripts call for completions, so that they always know every command. */
export const ASKED = '__complete';

/** For each shell: offers what the program answers, and files where it has no answer. */
export const SCRIPTS: Record<Shell, string> = {
  bash: `_task_queue() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" ${ASKED} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _task_queue task-queue
`,
  zsh: `#compdef task-queue
_task_queue() {
  local answer
  answer=$("\${words[1]}" ${ASKED} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if [[ -n $answer ]]; then compadd -- "\${(@f)answer}"; else _files; fi
}
compdef _task_queue task-queue
`,
  fish: `function __task_queue_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l answer ($words[1] ${ASKED} -- $words[2..-1] "$current" 2>/dev/null)
  if set -q answer[1]
    string join \\n -- $answer
  else
    __fish_complete_path "$current"
  end
end
complete -c task-queue -f -a '(__task_queue_complete)'
`,
};

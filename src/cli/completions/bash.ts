/**
 * The script for bash, 3.2 or later.
 *
 * @module
 */
import { type CompletedCommand, optionsOf, type Value } from "./table.ts";

/** Writes the script. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const options = optionsOf(commands);
  const common = commands.map(({ options }) => options).filter((each) =>
    each.length > 0
  ).reduce((shared, each) =>
    shared.filter(({ name }) => each.some((it) => it.name === name))
  );
  const withValue = options.filter(({ value }) => value !== undefined);
  const names = commands.map(({ name }) => name);
  return `\
# Completions of state-signals for bash: state-signals completions bash
_state_signals_reply() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done
}

_state_signals_files() {
  compopt -o filenames 2>/dev/null
  _state_signals_reply < <(compgen -f -- "$1")
}

# Completes the value of the option $1 from its beginning $2; fails if $1 takes none.
_state_signals_value() {
  case $1 in
${
    casesOf(withValue.map(({ name, value }) => [`--${name}`, value!]), "$2")
  }    *) return 1 ;;
  esac
}

# Completes the argument $2, counted from 1, of the command $1 from its beginning $3.
_state_signals_argument() {
  case $1:$2 in
${
    casesOf(
      commands.flatMap(({ name, positionals }) =>
        positionals.map(({ value }, n) => [`${name}:${n + 1}`, value])
      ),
      "$3",
    )
  }  esac
}

_state_signals() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command= count=0 options= n word
  COMPREPLY=()
  # bash splits --option=value in three words.
  if [[ $current == "=" ]]; then
    current=
  elif [[ $previous == "=" ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((n = 1; n < COMP_CWORD; n++)); do
    word=\${COMP_WORDS[n]}
    case $word in
      --)
        case $command in
          ${
    commands.filter(({ takesCommand }) => takesCommand).map(({ name }) => name)
      .join("|")
  })
            if ((COMP_CWORD == n + 1)); then
              _state_signals_reply < <(compgen -c -- "$current")
            else
              _state_signals_files "$current"
            fi ;;
        esac
        return ;;
      ${withValue.map(({ name }) => `--${name}`).join("|")})
        n=$((n + 1))
        if [[ \${COMP_WORDS[n]} == "=" ]]; then n=$((n + 1)); fi ;;
      -?*) ;;
      *) if [[ -z $command ]]; then command=$word; else count=$((count + 1)); fi ;;
    esac
  done
  _state_signals_value "$previous" "$current" && return
  case $command in
${
    commands.map(({ name, options }) =>
      `    ${name}) options=${wordsOf(options.map(({ name }) => name))} ;;\n`
    ).join("")
  }    "") options=${wordsOf(common.map(({ name }) => name))} ;;
  esac
  if [[ $current == -* ]]; then
    _state_signals_reply < <(compgen -W "$options" -- "$current")
  elif [[ -z $command ]]; then
    _state_signals_reply < <(compgen -W "${names.join(" ")}" -- "$current")
  else
    _state_signals_argument "$command" $((count + 1)) "$current"
  fi
}

complete -F _state_signals state-signals
`;
}

function wordsOf(names: readonly string[]): string {
  return `"${names.map((name) => `--${name}`).join(" ")}"`;
}

/** Cases of a `case`, one for all patterns of one value. */
function casesOf(
  patterns: readonly (readonly [string, Value])[],
  current: string,
): string {
  const byReply = Map.groupBy(
    patterns,
    ([, value]) => replyOf(value, current),
  );
  return [...byReply].map(([reply, group]) =>
    `    ${group.map(([pattern]) => pattern).join("|")}) ${reply} ;;\n`
  ).join("");
}

function replyOf(value: Value, current: string): string {
  if (value === "unknown") return ":";
  if (value === "file") return `_state_signals_files "${current}"`;
  const words = value.join(" ");
  return `_state_signals_reply < <(compgen -W "${words}" -- "${current}")`;
}

/**
 * The script for zsh: a file of `fpath`, or sourced.
 *
 * @module
 */
import type {
  CompletedArgument,
  CompletedCommand,
  CompletedOption,
  Value,
} from "./table.ts";

/** Writes the script. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `\
#compdef state-signals
# Completions of state-signals for zsh: state-signals completions zsh

_state_signals_commands() {
  local -a commands
  commands=(
${
    commands.map(({ name, summary }) =>
      `    ${quote(`${name}:${summary.replaceAll(":", "\\:")}`)}\n`
    ).join("")
  }  )
  _describe -t commands command commands
}

_state_signals() {
  local curcontext=$curcontext state line
  local -A opt_args
  _arguments -C '1: :_state_signals_commands' '*:: :->arguments'
  [[ $state == arguments ]] || return
  case $words[1] in
${commands.map(caseOf).join("")}  esac
}

if [[ $funcstack[1] == _state_signals || $funcstack[1] == _state-signals ]]; then
  _state_signals "$@"
else
  compdef _state_signals state-signals
fi
`;
}

function caseOf(command: CompletedCommand): string {
  const specs = [
    ...command.options.map(optionSpec),
    ...command.positionals.map(argumentSpec),
    ...(command.takesCommand ? ["*::COMMAND:_normal"] : []),
  ];
  const lines = specs.map((spec) => ` \\\n        ${quote(spec)}`).join("");
  return `    ${command.name})\n      _arguments${lines} ;;\n`;
}

function optionSpec(
  { name, isMultiple, value, valueName, description }: CompletedOption,
): string {
  const text = description.replace(/[[\]\\:]/g, "\\$&");
  const values = value === undefined
    ? ""
    : `:${valueName || name}:${actionOf(value)}`;
  return `${isMultiple ? "*" : ""}--${name}[${text}]${values}`;
}

function argumentSpec({ name, value }: CompletedArgument, n: number): string {
  return `${n + 1}:${name}:${actionOf(value)}`;
}

function actionOf(value: Value): string {
  if (value === "unknown") return " ";
  return value === "file" ? "_files" : `(${value.join(" ")})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

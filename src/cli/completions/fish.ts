/**
 * The script for fish.
 *
 * @module
 */
import type { CompletedCommand, CompletedOption, Value } from "./table.ts";

/** Writes the script. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => {
    const { name, summary, options, positionals, takesCommand } = command;
    const seen = `-n ${quote(`__state_signals_in ${name}`)}`;
    const files = takesCommand ||
      positionals.some(({ value }) => value === "file");
    const words = positionals.flatMap(({ value }) =>
      typeof value === "string" ? [] : value
    );
    return [
      `-n '__state_signals_in ""' -a ${name} -d ${quote(summary)}`,
      ...options.map((option) => `${seen} ${optionOf(option)}`),
      ...(files ? [`${seen} -F`] : []),
      ...(words.length > 0 ? [`${seen} -a ${quote(words.join(" "))}`] : []),
    ];
  });
  return `\
# Completions of state-signals for fish: state-signals completions fish

# Whether $argv[1] is the command that is typed; "": there is none yet.
function __state_signals_in
    set -l command
    for word in (commandline -opc)[2..-1]
        if contains -- $word ${commands.map(({ name }) => name).join(" ")}
            set command $word
            break
        end
    end
    test "$command" = "$argv[1]"
end

complete -c state-signals -e
complete -c state-signals -f
${lines.map((line) => `complete -c state-signals ${line}\n`).join("")}`;
}

function optionOf(
  { name, short, value, description }: CompletedOption,
): string {
  const letter = short === undefined ? "" : ` -s ${short}`;
  return `-l ${name}${letter}${valueOf(value)} -d ${quote(description)}`;
}

function valueOf(value: Value | undefined): string {
  if (value === undefined) return "";
  if (value === "file") return " -r -F";
  return value === "unknown" ? " -x" : ` -x -a ${quote(value.join(" "))}`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

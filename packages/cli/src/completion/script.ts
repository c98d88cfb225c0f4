import type { Command } from "commander";

import { type Place, placesOf, type Word } from "./places.ts";
import type { Shell } from "./shells.ts";

/** A script for a shell that completes commands, options and those of their values that are known. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program);
  if (shell === "bash") return bash(places);
  return shell === "zsh" ? zsh(places) : fish(places);
}

/** Text in single quotes, as bash and zsh read them. */
const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The same for fish, which knows a backslash in them. */
const fishQuoted = (text: string) => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;

const textsOf = (words: readonly Word[]) => words.map(({ text }) => text).join(" ");

/** The arms of a `case` that finds out how far the commands go. */
const steps = (places: readonly Place[], indent: string) =>
  places
    .filter(({ path }) => path !== "")
    .map(({ path }) => {
      const parent = path.split(" ").slice(0, -1).join(" ");
      const last = path.split(" ").at(-1);
      return `${indent}${quoted(`${parent}|${last}`)}) at=${quoted(path)} ;;`;
    })
    .join("\n");

/** The arms of a `case` over the word before: what may follow an option. */
const values = (places: readonly Place[], indent: string, offer: (texts: string) => string) =>
  places
    .flatMap(({ path, options }) =>
      options.flatMap(({ text, values }) =>
        values === undefined
          ? []
          : [`${indent}${quoted(`${path}|${text}`)}) ${offer(values.join(" "))}return ;;`],
      ),
    )
    .join("\n");

function bash(places: readonly Place[]): string {
  const reply = (words: string) => `COMPREPLY=($(compgen -W ${quoted(words)} -- "$cur"))`;
  const arms = places.map(
    ({ path, commands, options }) =>
      `    ${quoted(path)}) ${reply(textsOf([...commands, ...options]))} ;;`,
  );
  return `# bash completion for waybill: source <(waybill completion bash)
_waybill() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" at="" word
  COMPREPLY=()
  # bash takes --option=value for three words.
  if [ "$cur" = = ]; then cur=""
  elif [ "$before" = = ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at|$word" in
${steps(places, "      ")}
    esac
  done
  case "$at|$before" in
${values(places, "    ", (texts) => (texts === "" ? "" : `${reply(texts)}; `))}
  esac
  case "$at" in
${arms.join("\n")}
  esac
}
complete -F _waybill waybill
`;
}

function zsh(places: readonly Place[]): string {
  const described = ({ text, description }: Word) =>
    quoted(`${text.replaceAll(":", String.raw`\:`)}:${description}`);
  const arms = places.map(({ path, commands, options }) => {
    const choices = [...commands, ...options].map(described).join(" ");
    return `    ${quoted(path)}) choices=(${choices}) ;;`;
  });
  return `#compdef waybill
# zsh completion for waybill: source <(waybill completion zsh)
_waybill() {
  local at="" before="\${words[CURRENT-1]}" word
  local -a choices
  [[ "\${words[CURRENT]}" == --*=* ]] && before="\${words[CURRENT]%%=*}" && compset -P '*='
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at|$word" in
${steps(places, "      ")}
    esac
  done
  case "$at|$before" in
${values(places, "    ", (texts) => (texts === "" ? "" : `compadd -- ${texts}; `))}
  esac
  case "$at" in
${arms.join("\n")}
  esac
  _describe waybill choices
}
compdef _waybill waybill
`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const condition = fishQuoted(conditionOf(path, commands));
    return [
      ...commands.map(
        ({ text, description }) => `-n ${condition} -a ${text} -d ${fishQuoted(description)}`,
      ),
      ...options.map(({ text, description, values }) => {
        const value = values === undefined ? "" : ` -x -a ${fishQuoted(values.join(" "))}`;
        return `-n ${condition} -l ${text.slice(2)} -d ${fishQuoted(description)}${value}`;
      }),
    ];
  });
  return `# fish completion for waybill: waybill completion fish | source
complete -c waybill -f
${lines.map((line) => `complete -c waybill ${line}`).join("\n")}
`;
}

/** Where a fish completion holds: after the commands of the path, and before any of those that may follow. */
function conditionOf(path: string, following: readonly Word[]): string {
  const seen = path
    .split(" ")
    .filter(Boolean)
    .map((word) => `__fish_seen_subcommand_from ${word}`);
  const unseen =
    following.length > 0 ? [`not __fish_seen_subcommand_from ${textsOf(following)}`] : [];
  return [...seen, ...unseen].join("; and ");
}

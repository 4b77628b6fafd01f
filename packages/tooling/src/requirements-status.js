const ROW = /^\| ([A-Z0-9]+-\d+) +\| (\S+) +\| (.*?) *\|$/;
const SECTION = /^## (\d+\. .+)$/;
const STATES = ['done', 'partly', 'open'];

/** statusProblems holds the list of requirements against itself: known states, existing proofs, right totals. */
export function statusProblems(text, exists) {
  const sections = readSections(text);
  const rows = sections.flatMap((section) => section.rows);
  return [
    ...repeated(rows.map(({ id }) => id)).map((id) => `${id} is listed twice`),
    ...rows.flatMap((row) => rowProblems(row, exists)),
    ...totalProblems(text, sections),
  ];
}

function readSections(text) {
  const sections = [];
  for (const line of text.split('\n')) {
    const title = SECTION.exec(line)?.[1];
    if (title) sections.push({ title, rows: [] });
    const [, id, state, proof] = ROW.exec(line) ?? [];
    if (id) sections.at(-1)?.rows.push({ id, state, proof });
  }
  return sections;
}

function rowProblems({ id, state, proof }, exists) {
  if (!STATES.includes(state)) return [`${id} is '${state}', expected one of ${STATES.join(', ')}`];
  if (state !== 'open' && proof === '') return [`${id} is ${state}, and nothing shows it`];
  const paths = [...proof.matchAll(/`([\w.-]+(?:\/[\w.-]+)+)`/g)].map(([, path]) => path);
  return paths
    .filter((path) => !exists(path))
    .map((path) => `${id} names '${path}', which is gone`);
}

/** Every total is a row of the first table: section, then the count of each state, then all. */
function totalProblems(text, sections) {
  const everything = { title: '**all**', rows: sections.flatMap((section) => section.rows) };
  return [...sections, everything].flatMap(({ title, rows }) => {
    const counts = STATES.map((state) => rows.filter((row) => row.state === state).length);
    const cells = [title, ...counts, rows.length].map(String);
    const isThere = text.split('\n').some((line) => cells.join('|') === cellsOf(line).join('|'));
    return isThere ? [] : [`The totals lack | ${cells.join(' | ')} |`];
  });
}

function cellsOf(line) {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function repeated(names) {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

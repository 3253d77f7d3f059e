// NLP.js on the same phrases: node nlpjs.js IN OUT. Needs node-nlp where node finds it (NODE_PATH).
const fs = require('fs');
const { NlpManager } = require('node-nlp');

function peakMb() {
  try {
    const line = fs.readFileSync('/proc/self/status', 'utf8').split('\n').find((l) => l.startsWith('VmHWM:'));
    return parseInt(line.split(/\s+/)[1], 10) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

async function main() {
  const told = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
  const special = new Set([...told.special, 'None']);
  const manager = new NlpManager({ languages: [told.language], nlu: { log: false }, autoSave: false });
  for (const row of told.train) manager.addDocument(told.language, row.text, row.label);
  const started = process.hrtime.bigint();
  await manager.train();
  const learned = Number(process.hrtime.bigint() - started) / 1e9;
  for (const text of told.test.slice(0, 30)) await manager.process(told.language, text);
  const rows = [];
  for (const text of told.test) {
    const before = process.hrtime.bigint();
    const found = await manager.process(told.language, text);
    const took = Number(process.hrtime.bigint() - before) / 1000;
    const topic = (found.classifications || []).find((c) => !special.has(c.intent));
    rows.push([topic ? topic.intent : '', topic ? topic.score : 0, !special.has(found.intent), took]);
  }
  fs.writeFileSync(process.argv[3], JSON.stringify({ rows, learn_seconds: learned, peak_mb: peakMb() }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { renderPage } from './page.mjs';

const root = new URL('./', import.meta.url);
const target = new URL('./.build/', root);

/** Writes the finished site to `.build`; that folder can be served by any web server. */
const settings = JSON.parse(await readFile(new URL('app.json', root), 'utf8'));
await mkdir(target, { recursive: true });
await writeFile(new URL('index.html', target), renderPage(settings));
await copyFile(new URL('style.css', root), new URL('style.css', target));
console.log('Wrote .build/index.html');

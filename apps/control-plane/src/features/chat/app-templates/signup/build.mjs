import { build } from 'esbuild';

await build({
  entryPoints: ['ui/app.jsx'],
  outfile: '.build/app.js',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
});

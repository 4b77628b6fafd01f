import { describe, expect, it } from 'vitest';
import { asksForUndo, intentNote } from './intent.ts';
import { asksToPublish } from './publish-words.ts';
import { buildMessages } from './pipeline/prompt.ts';

describe('a request', () => {
  it.each([
    ...[
      'deploy this',
      'Please publish it now!',
      'go live',
      'ok, put my app online',
      'Let’s ship it',
    ],
    ...['Bitte veröffentliche die App.', 'Stell es online', 'Kannst du das live schalten?'],
    ...['Publie l’appli, s’il te plaît', 'mets-la en ligne', 'Peux-tu déployer ça ?'],
    ...['Publícalo', 'pon la página en línea, por favor', 'despliega esto'],
    ...['Pubblica il sito', 'mettilo online', 'Puoi pubblicarla adesso?'],
    ...['Publique o site', 'coloca no ar', 'Você pode publicá-lo?'],
    ...['Zet het online', 'publiceer de app alsjeblieft', 'rol het uit'],
    ...['公開して', 'このアプリをデプロイしてください。', '本番に出して'],
    ...['发布', '请把这个网站上线', '帮我部署一下', '請發佈它'],
  ])('to publish and nothing else is understood: %j', (request) =>
    expect(asksToPublish(request)).toBe(true),
  );

  it.each([
    ...['deploy this: a shop', 'add a publish button', 'make it blue and deploy it', 'go on'],
    ...['release notes page please', 'launch a newsletter', 'Publish 3 pages', 'put it here', ''],
    ...['Veröffentliche meine Gedichte', 'ajoute un bouton publier', 'publica mis recetas'],
    ...['公開日を追加して', '发布按钮改成蓝色', 'x'.repeat(500)],
  ])('for more than publishing is left to the model: %j', (request) =>
    expect(asksToPublish(request)).toBe(false),
  );

  it.each([
    ...['please revert the last thing', 'Mach das rückgängig', 'Annule ça', 'deshaz el cambio'],
    ...[
      'Annulla la modifica',
      'desfaz isso',
      'maak dat ongedaan',
      '元に戻してください',
      '撤销刚才的修改',
    ],
  ])('to have something back is understood: %j', (request) =>
    expect(asksForUndo(request)).toBe(true),
  );

  it.each([
    ['The form does not work any more', 'read_logs'],
    ['make it blue and deploy it', 'publishing'],
    ['please revert the last thing', 'Undo'],
    ['Why is the title green?', 'change nothing'],
  ])('gives its intent away: %j', (request, hint) => {
    expect(intentNote(request)).toContain(hint);
  });

  it('comes to the model with its hint, and without one where there is a plan', () => {
    const turn = { history: [], request: 'It crashes', images: [], secrets: [] };
    const textsOf = (planning: null | 'approved') =>
      buildMessages({ ...turn, planning })[0]?.parts.map((part) =>
        part.type === 'text' ? part.text.split(':')[0] : part.type,
      );

    expect(textsOf(null)).toEqual(['It crashes', '[spt-flow] Hint']);
    expect(textsOf('approved')).toHaveLength(2);
    expect(buildMessages({ ...turn, request: 'a shop', planning: null })[0]?.parts).toHaveLength(1);
  });
});

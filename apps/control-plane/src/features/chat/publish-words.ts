/** What says "publish" in a language, and what may stand beside it without asking for more. */
interface Vocabulary {
  /** Each is enough by itself. */
  readonly verbs: string;
  /** "put … online": one of these with a goal. */
  readonly moves: string;
  readonly goals: string;
  readonly fillers: string;
}

/** Longer messages ask for more than publishing. */
const MAX_CHARACTERS = 100;

const SPACED: readonly Vocabulary[] = [
  {
    verbs: 'deploy publish release launch ship',
    moves: 'put go bring take push make set get',
    goals: 'online live production',
    fillers:
      'please can could you now ok okay and then just let s it this that the my our app application site website web page project here to into up for me us everyone everybody again',
  },
  {
    verbs: 'veröffentliche veröffentlichen publiziere publizieren deploye deployen',
    moves:
      'stell stelle stellen geh gehe gehen bring bringe bringen schalt schalte schalten nimm nehmen setz setze setzen mach mache machen',
    goals: 'online live netz internet produktion',
    fillers:
      'bitte kannst könntest kann können sie du wir ihr jetzt nun mal ok okay und dann einfach das dies diese dieses es ihn die den der meine meinen mein unsere unseren unser app anwendung seite webseite website projekt hier ins in auf für mich uns alle',
  },
  {
    verbs: 'publie publier publiez déploie déployer déployez',
    moves: 'mets met mettre mettez passe passer passez',
    goals: 'ligne production',
    fillers:
      's il te vous plaît plait svp stp peux peut pouvez pourrais pourriez tu maintenant ok et puis alors le la l les ça cela ceci ce cette mon ma notre nos appli app application site web page projet en sur pour moi nous tous tout monde',
  },
  {
    verbs:
      'publica publicar publique publícalo publícala publicarlo publicarla despliega desplegar despliégalo despliégala desplegarlo desplegarla lanza lanzar lánzalo lánzala',
    moves: 'pon poner ponlo ponla ponga sube subir súbelo súbela',
    goals: 'línea producción internet',
    fillers:
      'por favor puedes puede podrías podría ahora ya vale ok y luego entonces lo la el los las esto esta este eso mi mis nuestra nuestro app aplicación sitio web página proyecto en a para todos me',
  },
  {
    verbs:
      'pubblica pubblicare pubblicalo pubblicala pubblicarlo pubblicarla distribuisci distribuire rilascia rilasciare',
    moves: 'metti mettere mettilo mettila metterlo metterla manda mandare vai andare',
    goals: 'online linea produzione rete',
    fillers:
      'per favore puoi può potresti potrebbe adesso ora ok e poi allora lo la l il i le questo questa mia mio nostra nostro app applicazione sito web pagina progetto in sulla su tutti me noi',
  },
  {
    verbs: 'publica publicar publique publicá implanta implantar implante lança lançar lance',
    moves: 'coloca colocar coloque colocá põe pôr ponha bota botar deixa deixar',
    goals: 'ar online linha produção internet',
    fillers:
      'por favor podes pode poderia você agora já ok e depois então lo la o a os as isto isso este esta esse essa meu minha nosso nossa app aplicativo aplicação site web página projeto no na em para todos mim',
  },
  {
    verbs: 'publiceer publiceren deploy deployen uitrollen lanceer lanceren',
    moves: 'zet zetten ga gaan breng brengen maak rol',
    goals: 'online live productie internet uit',
    fillers:
      'alsjeblieft alstublieft graag kun kan kunt je jij u nu ok oké en dan maar eens het dit dat deze de mijn onze ons app applicatie site website pagina project hier in naar op voor mij iedereen',
  },
];

/** Written without spaces between words. */
const UNSPACED: readonly Vocabulary[] = [
  {
    verbs: '公開 デプロイ リリース オンラインに',
    moves: '出して 上げて あげて 載せて 反映',
    goals: '本番環境に 本番に ネットに',
    fillers:
      'お願いします お願い これを これ それを この その アプリを アプリ サイトを ウェブサイトを サイト ページを ページ プロジェクトを ください 下さい くれますか くれる ほしい できますか して する します を 今すぐ 今 では じゃあ 私の app',
  },
  {
    verbs: '发布 發布 发佈 發佈 部署 上线 上線',
    moves: '放到 放',
    goals: '网上 網上 线上',
    fillers:
      '请 請 帮我 幫我 现在 現在 可以 能 你 把 将 將 它 这个 這個 这 這 该 我的 应用程序 应用 應用程式 應用 网站 網站 网页 網頁 页面 頁面 项目 專案 一下 到 了 吧 吗 嗎 出去 app',
  },
];

interface Words {
  readonly verbs: ReadonlySet<string>;
  readonly moves: ReadonlySet<string>;
  readonly goals: ReadonlySet<string>;
  readonly fillers: ReadonlySet<string>;
}

interface Language {
  readonly words: Words;
  split(text: string): readonly string[];
}

function toWords({ verbs, moves, goals, fillers }: Vocabulary): Words {
  const set = (words: string) => new Set(words.split(' '));
  return { verbs: set(verbs), moves: set(moves), goals: set(goals), fillers: set(fillers) };
}

function spaced(vocabulary: Vocabulary): Language {
  return {
    words: toWords(vocabulary),
    split: (text) => text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [],
  };
}

function unspaced(vocabulary: Vocabulary): Language {
  const all = Object.values(vocabulary).flatMap((words: string) => words.split(' '));
  const longestFirst = all.toSorted((left, right) => right.length - left.length);
  const pieces = new RegExp(`${longestFirst.join('|')}|[\\p{L}\\p{M}\\p{N}]`, 'gu');
  return { words: toWords(vocabulary), split: (text) => text.match(pieces) ?? [] };
}

const LANGUAGES: readonly Language[] = [...SPACED.map(spaced), ...UNSPACED.map(unspaced)];

function fits({ words: { verbs, moves, goals, fillers }, split }: Language, text: string): boolean {
  const said = split(text);
  const has = (words: ReadonlySet<string>) => said.some((word) => words.has(word));
  return (
    said.every((word) => [verbs, moves, goals, fillers].some((words) => words.has(word))) &&
    (has(verbs) || (has(moves) && has(goals)))
  );
}

/** asksToPublish is true for "deploy this" and the like in nine languages, when it is all that is asked. */
export function asksToPublish(request: string): boolean {
  const text = request.normalize('NFC').trim().toLowerCase();
  return text.length <= MAX_CHARACTERS && LANGUAGES.some((language) => fits(language, text));
}

"""Words that carry grammar rather than content, per language.

Written for this project: articles, pronouns, prepositions, conjunctions, auxiliaries, question words and politeness.
Lists for `en` and `de` are complete enough to remove from searches; the others serve to tell languages apart.
Negations are in NEGATIONS, not here twice: a search drops them, a verifier must not.
"""

from typing import Final


def words(text: str) -> frozenset[str]:
    """The words of `text` as a set: lists of words are easier to read and sort as text."""
    return frozenset(text.split())


NEGATIONS: Final[dict[str, frozenset[str]]] = {
    "en": words("no not nor never none nothing neither without cannot nobody nowhere"),
    "de": words(
        "nicht nichts nie niemals niemand kein keine keinen keinem keiner keines ohne weder keinerlei "
        "keinesfalls keineswegs nirgends"
    ),
}

_EN = """
a about above after again against all also although am an and any anyone anything are as at be because been before
being below between both but by can could did do does doing done down during each either else ever every everyone few
for from further get gets got had has have having he her here hers herself him himself his how however i if in into is
it its itself just least less like made make many may me might mine more most much must my myself need of off often
on once one only onto or other others otherwise our ours ourselves out over own per please put rather same shall she
should since so some someone something still such take than that the their theirs them themselves then there therefore
these they thing things this those though through thus till to together too toward towards under until up upon us use
used uses using very via was we were what whatever when where whether which while who whom whose why will with within
would yet you your yours yourself yourselves i'm it's that's what's there's don't doesn't didn't isn't aren't wasn't
weren't can't won't wouldn't shouldn't couldn't we're they're you're i've we've they've he's she's let's who's where's
tell know give show explain
"""

_DE = """
ab aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus bei beim
bereits bevor bin bis bist bitte da dabei dadurch dafür dagegen daher damit danach dann daran darauf daraus darf darin
darüber darum darunter das dass davon davor dazu daß dein deine deinem deinen deiner dem den denen denn der deren des
deshalb dessen desto die dies diese dieselbe diesem diesen dieser dieses doch dort du durch dürfen ebenfalls ebenso
ein eine einem einen einer eines einige einigem einigen einiger einiges einmal er erst es etwa etwas euch euer eure
eurem euren eurer falls für ganz gegen gegenüber gemäß genau gibt habe haben hast hat hatte hatten hier hierbei hierzu
hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im immer in indem innerhalb ins insbesondere irgend ist
ja je jede jedem jeden jeder jedes jedoch jemand jene jenem jenen jener jenes jetzt kann kannst können könnte könnten
lassen lässt laut machen macht man manche manchem manchen mancher manches mehr mein meine meinem meinen meiner meines
mich mir mit mittels muss muß musst müssen müsste nach nachdem neben noch nun nur ob oder oft per pro sehr sein seine
seinem seinen seiner seines seit selbst sich sie sind so sobald sofern solange solch solche solchem solchen solcher
soll sollen sollte sollten somit sondern sonst sowie sowohl statt trotz über um und uns unser unsere unserem unseren
unserer unter viel viele vielen vieler vom von vor während wann war waren warum was weil welche welchem welchen
welcher welches wem wen wenn wer werde werden wessen wie wieder wieso wir wird wirst wo wobei wodurch wofür wohin
womit woran worauf worin worum wozu wurde wurden würde würden zu zudem zufolge zum zur zwar zwecks zwischen
wieviel wieviele sage sagen zeige nenne erkläre
"""

_FR = """
au aux avec ce ces cette dans de des du elle en est et eux il ils je la le les leur lui ma mais me même mes moi mon ne
nos notre nous on ont ou où par pas pour plus qu que quel quelle qui sa sans se ses son sont sur ta te tes toi ton tu
un une vos votre vous été être avoir fait comme aussi très combien pourquoi comment quand cela dont peut doit
"""
_ES = """
al algo como con cual cuando de del desde donde dos el ella ellos en entre era es esa ese esta este está están ha han
hasta hay la las le les lo los más me mi muy no nos o para pero por porque que quien qué se ser si sin sobre son su
sus también te tiene todo todos un una uno unos y ya yo cómo cuánto cuándo dónde
"""
_IT = """
a ad agli ai al alla alle anche che chi ci come con cosa cui da dal dalla dalle degli dei del della delle di dove e è
ed gli ha hanno i il in io la le lei lo loro lui ma mi nel nella nelle no noi non o per perché più quale quando quanto
questa queste questi questo se sei si sia sono su sua suo sul sulla tra tu un una uno voi
"""
_NL = """
aan al alles als bij daar dan dat de der deze die dit doen door dus een en er ge geen haar had heb hebben heeft hem
het hier hij hoe hun iets ik in is ja je kan kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om
omdat ons ook op over te tegen toch toen tot u uit uw van veel voor waar waarom wanneer want waren was wat we wel werd
wie wij worden zal ze zelf zich zij zijn zo zonder zou
"""

STOP_WORDS: Final[dict[str, frozenset[str]]] = {
    "en": words(_EN),
    "de": words(_DE),
    "fr": words(_FR),
    "es": words(_ES),
    "it": words(_IT),
    "nl": words(_NL),
}

SEARCH_STOP_WORDS: Final[dict[str, frozenset[str]]] = {
    language: words | NEGATIONS.get(language, frozenset()) for language, words in STOP_WORDS.items()
}

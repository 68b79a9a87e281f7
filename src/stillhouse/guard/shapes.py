"""What a prompt asks for, whatever it is about: reasons, data in numbers, verdicts, and orders.

Structure first (marks around an answer, labelled parts, lists), words in a dozen languages second,
because collectors ask for reasoning in whatever language is watched least. First-person words and
topics are not looked at: the one is a habit of genre that one `sed` removes, the other is nobody's
business.

Everything is a search for fixed text or a meeting of two sets of words; an expression is only tried
where a cheap look says that it may be there. 1,024 letters take about 15 us.
"""
# ruff: noqa: RUF001 # letters of other scripts are meant

import re
from collections.abc import Sequence
from enum import IntFlag

LABEL_WORDS, LABEL_CHARS = 4, 40
ORDER_LINES, ORDERS_MAX, ORDER_CHARS = 12, 3, 160


class Flag(IntFlag):
    """What is so of one request."""

    SYSTEM = 1
    TOOLS = 1 << 1
    TOOL_RESULT = 1 << 2
    FOLLOW_UP = 1 << 3  # an assistant's turn, or a stored conversation, comes before
    SCHEMA = 1 << 4  # the answer must be JSON
    MANY = 1 << 5  # several answers to one prompt
    LOGPROBS = 1 << 6
    SEED = 1 << 7
    HOT = 1 << 8  # temperature of 0.5 or more, said
    COLD = 1 << 9  # temperature 0, said
    EFFORT = 1 << 10  # reasoning asked for as a parameter
    STEPS = 1 << 11  # asks for steps or reasons, in words
    MARKS = 1 << 12  # asks for marks around parts of the answer: tags, boxes, rulers
    RUBRIC = 1 << 13  # asks for a grade on a scale
    BREEDS = 1 << 14  # asks for questions, tasks, examples or rewordings, by number
    MEDIA = 1 << 20  # has parts that are no text
    EMBEDS = 1 << 21  # asks for no words


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STEP_WORDS = _set(
    """
    reasoning rationale rationales justify justification intermediate stepwise monologue
    pikiran pikiranmu pemikiran gedankengang denkschritte pensamiento pensée raciocine ragionamento
    рассуждай
    langkah penalaran alasan jelaskan razona razonamiento étape étapes raisonnement schrittweise
    begründe begründung raciocínio passaggi ragiona шаг шагам рассуждения adım từng bước 단계 추론
    خطوة कदम
    """
)
_STEP_PHRASES = (
    "step by step",
    "step-by-step",
    "chain of thought",
    "your work",
    "the work",
    "your thinking",
    "thought process",
    "train of thought",
    "think aloud",
    "think out loud",
    "explain why",
    "explain how",
    "explain each",
    "explain every",
    "explain your",
    "paso a paso",
    "passo a passo",
    "schritt für schritt",
)
_STEP_SIGNS = (
    "逐步",
    "一步",
    "推理",
    "理由",
    "思路",
    "思考过程",
    "思考過程",
    "段階",
    "단계",
    "생각 과정",
)
_RUBRIC_WORDS = _set(
    """
    rate grade score rubric judge evaluate critique rank criteria nilai skor menilai bewerte
    bewertung puntúa оцени оценку 평가
    """
)
_RUBRIC_SIGNS = ("评分", "打分", "評価")
_REWORDS = _set(
    """
    paraphrase paraphrases paraphrased reword rephrase rephrased rewrite rewrites parafrasa
    parafrasekan umformulieren reformule reformula
    """
)
_ASKING, _COUNT_DIGITS = 40, 3
_REWORD_SIGNS = ("生成", "改写", "言い換え")
_COUNTS = _set(
    """
    two three four five six seven eight nine ten twelve fifteen twenty fifty hundred several
    multiple diverse varied new different distinct beberapa lima sepuluh dua tiga
    """
)
_DATA = _set(
    """
    tasks instructions questions prompts examples problems exercises scenarios dialogues
    conversations pairs variations versions paraphrases rewordings queries utterances
    soal pertanyaan contoh tugas instruksi variasi preguntas ejemplos tareas exemples tâches fragen
    beispiele aufgaben varianten esempi exemplos perguntas
    """
)
_ORDERS = _set(
    """
    generate write create produce list invent compose provide give devise propose
    buat buatlah tulis tuliskan genera crea erstelle crée créez génère
    add adapt analyze analyse answer argue arrange assess brainstorm build calculate categorize
    change check choose cite classify clarify code combine come compare complete compose compute
    construct continue contrast convert correct count criticise criticize debug decide deduce define
    derive describe design detect determine develop devise differentiate discuss draft draw edit
    elaborate estimate evaluate examine expand explain explore express extend extract fill find fix
    formulate generate give group guess highlight identify illustrate imagine implement improve
    infer insert interpret judge label list make match modify name optimize order organize outline
    paraphrase plan point predict prepare present prove provide put rank rate rearrange recommend
    refactor remove rename reorder replace report research respond reverse review rewrite rephrase
    say select sequence show simplify simulate sketch solve sort specify split state suggest
    summarise summarize summarise tell think transform translate turn use verify
    jelaskan sebutkan susun terjemahkan ringkas bandingkan hitung selesaikan perbaiki ubah
    escribe explica describe resume traduce compara calcula resuelve corrige enumera
    explique décris décrivez résume résumez traduis traduisez compare calcule corrige liste
    schreibe erkläre beschreibe übersetze vergleiche berechne löse korrigiere nenne
    escreva explique descreva resuma traduza calcule resolva corrija liste scrivi spiega descrivi
    riassumi traduci calcola risolvi correggi напиши объясни опиши составь переведи сравни реши
    viết giải hãy 작성 설명 اكتب اشرح लिखो
    """
)
_order_signs = re.compile(
    r"(?:^|[。！？，、；：,.!?;:]\s*)请?(?:写|编写|解释|描述|翻译|总结|列出|生成|设计|证明|计算|比较)"
    r"|(?:書い|作成し|説明し|翻訳し|要約し|比較し|計算し|列挙し)て(?:ください|下さい|。)"
    r"|(?:작성|설명|번역|요약|비교|계산|나열)(?:해|하)"
).search
"""Of other scripts: verbs of making, in the place and form of an order. Politeness is none: many
customers write 请问 and ください in each question."""
_marks = re.compile(
    r"<(?:think|reason|answer|scratchpad|solution|rationale|thought|final|analysis)\w*>"
    r"|\"(?:rationale|reasoning|explanation|thought\w*|steps|score|critique|instruction|output)\"\s*:"
).search
_clauses = re.compile(r"[.,:;!?]\s+(?:please )?").split
_ENDS = frozenset(".?!:。？！؟।")


def shape(lower: str, words: Sequence[str]) -> Flag:
    """What a prompt looks like. lower, words: of its text."""
    flags = _asks(lower, words)
    if (
        (("<" in lower or '"' in lower) and _marks(lower))
        or "\\boxed" in lower
        or "####" in lower
        or "===" in lower
        or "final answer:" in lower
    ):
        flags |= Flag.MARKS
    return flags


def orders(text: str) -> list[str]:
    """The first lines that are sentences which tell to make or do something; also after a label."""
    found: list[str] = []
    for line in text.split("\n", ORDER_LINES)[:ORDER_LINES]:
        said = line.strip()
        if _is_label(said):
            said = said.partition(":" if ":" in said else "：")[2].strip()
        if said[-1:] in _ENDS and said[0] == said[0].upper() and _is_order(said):
            found.append(said)
            if len(found) == ORDERS_MAX:
                break
    return found


def _asks(lower: str, words: Sequence[str]) -> Flag:
    flags = Flag(0)
    signs = not lower.isascii()
    if (
        not _STEP_WORDS.isdisjoint(words)
        or any(phrase in lower for phrase in _STEP_PHRASES)
        or (signs and any(sign in lower for sign in _STEP_SIGNS))
    ):
        flags |= Flag.STEPS
    if not _RUBRIC_WORDS.isdisjoint(words) or (signs and any(s in lower for s in _RUBRIC_SIGNS)):
        flags |= Flag.RUBRIC
    if (
        not _REWORDS.isdisjoint(words)
        or (signs and any(s in lower for s in _REWORD_SIGNS))
        or (not _DATA.isdisjoint(words) and _counted(words))
    ):
        flags |= Flag.BREEDS
    return flags


def _counted(words: Sequence[str]) -> bool:
    """A count within the two words before what a data set is made of, where a prompt asks."""
    for part in (words[:_ASKING], words[_ASKING:][-_ASKING:]):
        for n, word in enumerate(part):
            if word in _DATA:
                for near in part[max(0, n - 2) : n]:
                    if near in _COUNTS or (near.isdigit() and len(near) <= _COUNT_DIGITS):
                        return True
    return False


def _is_order(line: str) -> bool:
    """Begins a clause with a verb that tells to make or do something."""
    lower = line[:ORDER_CHARS].lower()
    for clause in _clauses(lower):
        if clause.lstrip(" #*\"'-").partition(" ")[0] in _ORDERS:
            return True
    return not lower.isascii() and _order_signs(lower) is not None


def _is_label(line: str) -> bool:
    head, colon, rest = line.partition(":")
    if not colon:
        head, colon, rest = line.partition("：")
    if not colon or len(head) > LABEL_CHARS or rest[:1] not in {"", " ", "\r", "*"}:
        return False
    return 0 < len(head.split()) <= LABEL_WORDS

"""Recognize names of splits, such as "train", "val2017", "02. Test set", "Prüfung" or "训练集"."""

import re
import unicodedata
from collections.abc import Collection

# English; then German, Slavic, Romance and other languages; and those without Latin letters.
_TRAIN = """
train training trn tr learn learning
trainings lern lernen ucna ucni ucno trening treningowy treningowe uczacy uczace trenovaci obuka
entrainement apprentissage entrenamiento treino treinamento addestramento allenamento
traning træning treeni egitim
обучение обучающая тренировка тренировочная трейн навчання
训练 訓練 学習 學習 学习 トレーニング 훈련 학습
"""
_VALIDATION = """
val vali valid validate validation vld va dev
validierung validierungs validacija validacijska validacijski walidacja walidacyjny walidacyjne validacni
validacion validacao validazione convalida validatie validering dogrulama
валидация валидационная
验证 驗證 検証 검증
"""
_TEST = """
test testing tests tst te
pruf prufung prufungs testna testni testno testowy testowe testovaci prueba pruebas teste prova verifica testi
тест тестовая тестирование
测试 測試 テスト 테스트 시험
"""
_OTHERS = """
eval evaluation evaluierung evaluierungs evaluacija evaluacion avaliacao valutazione 评估 評価 평가
"""
_CONTENT = """
set sets data dataset datasets image images img imgs picture pictures photo photos split splits folder folders
fold folds part parts
daten datensatz bilder menge mnozica podatki slike zbior dane jeu ensemble donnees conjunto datos dados imagenes
imagens dati immagini insieme выборка данные набор
集 数据 数据集 數據 图像 图片 样本 集合
データ 用データ データセット 画像 세트 데이터 데이터셋
"""
_FILLERS = "v ver version the of for d de del des di da"


def _plain(text: str) -> str:
    """Return text in small letters without accents."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return unicodedata.normalize("NFKC", bare).lower()


_SPLITS = {
    word: split
    for split, words in {
        "train": _TRAIN, "validation": _VALIDATION, "test": _TEST, "evaluation": _OTHERS, "holdout": "holdout",
        "trainval": "trainval",
    }.items()
    for word in _plain(words).split()
}  # fmt: skip
_CONTENT_WORDS = frozenset(_plain(_CONTENT).split())
_FILLER_WORDS = frozenset(_FILLERS.split())

_NEW_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+")


def split_of(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return which split a name means, and its other words; None if it is not the name of a split.

    Digits, words for what a folder contains ("set", "images") and for versions do not count: "birds_train_v2" means
    "train", and has the word "birds".
    """
    # Accents go first, as letters with accents are no letters of a to z.
    letters = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    words = [_plain(word) for word in _WORD.findall(_NEW_WORD.sub(" ", unicodedata.normalize("NFKC", letters)))]
    splits = [split for word in words if (split := _split_of_word(word))]
    others = tuple(word for word in words if not (_split_of_word(word) or is_content(word) or word in _FILLER_WORDS))
    if splits == ["train", "validation"]:
        splits = ["trainval"]
    return (splits[0], others) if len(splits) == 1 else None


def is_content(name: str) -> bool:
    """Return whether a name only says what a folder contains, such as "images"."""
    return _plain(name) in _CONTENT_WORDS


def are_splits(names: Collection[str]) -> bool:
    """Return whether names of splits mean two or more of them: not "train1" and "train2"."""
    return len({found[0] for name in names if (found := split_of(name))}) > 1


def _split_of_word(word: str) -> str | None:
    """Return which split a word means, which may be joined with what the folder contains, as in "testset"."""
    if word in _SPLITS:
        return _SPLITS[word]
    heads = [word.removesuffix(content) for content in _CONTENT_WORDS if word.endswith(content)]
    return next((_SPLITS[head] for head in heads if head in _SPLITS), None)

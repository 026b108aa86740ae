"""What tells the agent from the customer: what each does, by the catalogue's grammars of acts.

To ask whether the other is satisfied, to request a wait, to offer help or to address by title and
name is the agent's in whatever words; the catalogue knows far more of them than a list of cues.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import ActCatalogue, ActDefinition
from qa_pipeline.language.role_cues import CueHit, act_weights
from qa_pipeline.language.sentences import Sentence, split_turns


def acts_done(turns: Sequence[Turn], language: str, catalogue: ActCatalogue) -> tuple[CueHit, ...]:
    """The acts with a weight (rubrics/roles) in one speaker's turns, each kind once.

    Whose act it is by the catalogue does not count: that is what is asked here.

    Args:
        turns: of one speaker, in order; their roles are not read.
        language: a language without weights or acts gives none.
        catalogue: the grammars.

    Returns:
        Hits in the order of the weights; `phrase` is what was said.
    """
    weights, definitions = act_weights(language), catalogue.of(language)
    sentences = split_turns(turns, language) if definitions else ()
    found = []
    for kind, weight in weights.items():
        definition = definitions.get(kind)
        said = _said(definition, sentences) if definition is not None else None
        if said is not None:
            found.append(CueHit(kind, weight, said))
    return tuple(found)


def _said(definition: ActDefinition, sentences: Sequence[Sentence]) -> str | None:
    """The words that do the act, of the first sentence that does it."""
    form = definition.entry.form
    for sentence in sentences:
        if form == "any" or (form == "question") is sentence.asked:
            hit = definition.find(sentence.tokens)
            if hit is not None:
                return sentence.part(hit[0].first, hit[0].last)[0]
    return None

"""Where sentences begin, what belongs to the one before, and what asks; by language."""

from __future__ import annotations

from qa_pipeline.language.matching import Phrase

# Where a new sentence begins in text without punctuation.
STARTS = {
    "en": tuple(
        map(
            Phrase,
            (
                "(is|was) there (anything|something|any other) [else]",
                "anything else",
                "[how] (can|may|could) i (help|assist|be of)",
                "how (can|may|could) [i|we]",
                "what can i (do|help)",
                "(thank you|thanks) for",
                "(thank you|thanks) [so|very] [much] for",
                "have a (good|great|nice|wonderful|lovely)",
                "my name is",
                "(are|were) you (happy|satisfied|pleased|okay with)",
                "(can|could|would|may|do|did) (you|i|we) "
                "(please|mind|put|place|hold|wait|have|ask)",
                "(does|did|has|have) (that|this|i|we) (help|answer|solve|resolve|take care|sound)",
                "is (that|it|this) (okay|all right|alright|fine)",
                "please (hold|wait|bear)",
                "one (moment|second|minute) please",
                "let me",
                "goodbye",
            ),
        )
    ),
    "zh": tuple(
        map(
            Phrase,
            (
                "请问",
                "(那|麻烦) (您|你)",
                "(您|你) (还有|还需要|还要|对)",
                "(您|你) 看 (这|那|还|我|今|明|一|什|怎|现|如)",
                "还有 (什么|其他|别的)",
                "(感谢|谢谢) (您|你)",
                "(祝|祝愿) (您|你)",
                "(再见|拜拜)",
                "(麻烦|请) (您|你) ~2 (稍|等)",
                "(总结|确认|核对) 一下",
            ),
        )
    ),
}
# A piece after a pause that only completes what stands before it.
TAGS = {
    "en": Phrase(
        "^ (okay|alright|all right|right|please|is that (okay|all right|alright|fine) [with you] "
        "|if that is (okay|all right|alright|fine) [with you]|would that be (okay|all right|fine)"
        "|does that (work|sound (okay|good|all right)) [for you]"
        "|do you mind|(are|were) you [not]) $"
    ),
    "zh": Phrase(
        "^ (好 吗|可 以 吗|行 吗|好 吧|可 以 吧|行 吧|好 不 好|行 不 行|可 不 可 以|方 便 吗|成 吗"
        "|没 问 题 吧|好 么|行 么|可 以 么|可 以 不|成 不 成|方 不 方 便|同 意 吗|okay 吗|您 看 呢"
        "|您 看 ~1 (可 以|行|好|方 便|成|怎 么 样|没 问 题) [吗|吧|么|不]"
        "|您 看 (好 不 好|行 不 行)|[请 问] 您 介 意 吗"
        "|请 问 [您] (可 以|方 便|同 意|介 意) 吗|是 吗|对 吗) $"
    ),
}
# What turns a statement into one that only wants a nod.
CONFIRMS = {
    "en": Phrase(
        "(right|okay|alright|all right|correct|yes|yeah|no|is that (right|correct|okay|it|so)"
        "|is not it|is not that right|did i get that right|have i got (that|it|all|everything) ~4"
        "|have i (missed|understood) ~4|does that (sound|look) (right|good|okay|correct)) $"
    ),
    "zh": Phrase(
        "(是 吧|对 吧|对 吗|是 吗|对 伐|是 伐|对 不 对|是 不 是|没 错 吧|没 问 题 吧|好 吧|好 吗"
        "|对 么|对 不|可 以 吗|可 以 吧|行 吧|行 吗|这 样 没 错|吧) $"
    ),
}
CONTINUES = {
    "has", "have", "had", "will", "was", "were", "been", "to", "of", "for", "from", "in",
    "on", "at",
    "with", "by", "into", "that", "which", "within", "until", "before", "after", "about", "under",
}  # fmt: skip
UNFINISHED = {
    "the", "a", "an", "your", "my", "our", "to", "of", "for", "from", "in", "on", "at",
    "with", "by",
    "and", "or", "is", "are", "mr", "mrs", "ms", "i", "we",
}  # fmt: skip
SUBJECTS = {
    "it", "that", "this", "there", "the", "your", "you", "everything", "all", "anything", "my",
    "he", "she", "they", "we", "our", "any", "a", "an", "these", "those",
}  # fmt: skip
LEADS_ON = {
    "if", "need", "needs", "want", "have", "so", "then", "how", "what", "that", "and", "else",
    "mind",
    "那", "请", "问", "去", "来", "我", "跟", "果", "若", "旦", "望",
    "就", "先", "能", "以", "否", "要", "想", "得", "该", "需", "不", "再", "也",
}  # fmt: skip
QUESTION = {
    "en": Phrase(
        "^ [(so|and|okay|alright|sure|well|now|then|great|perfect|but|also|actually|before) ~2] "
        "(((can|could|may|might|shall|should|would|will|do|does|did|is|are|was|were|have|has) "
        "[not] (i|we|you|it|this|that|there|the|your|everything|any*|he|she|they|my|our|all))"
        "|mind if|what|which|how|where|when|who|why|whose|any (other|more|further)|anything else)"
    ),
    "zh": Phrase(
        "(吗|伐 $|咋|几 分|多 少 分|合 不 合|喜 不 喜 欢|可 满 意 $"
        "|么 $|呢 $|嘛 $|妈 $|马 $|没 有 $|没 $|请 问|还 是"
        "|(可 以|行|好|满 意|方 便|意|你) 嘛|好 不 好|行 不 行|可 不 可 以"
        "|能 不 能|是 不 是|(有|又) 没 有|要 不 要|对 不 对"
        "|方 不 方 便|满 不 满 意|不 满 意|介 不 介 意"
        "|是 否|能 否|可 否|什 么|怎 么|哪|多 少|几 号|几 点|谁"
        "|如 何|几 分|成 不 成|愿 不 愿 意|可 以 不|行 不|好 不 $"
        "|(好|可 以|行|成|题|满 意|认 可|接 受|妥|妥 当"
        "|清 楚|解 决|完|对) [了] 吧 $|(意|以|行|好|便|白|钟|下|儿|会|成|能) 不 $)"
    ),
}
# English questions that begin late ("I need to check that, would you mind ...") or end in a tag.
ASKED_LATE = Phrase(
    "((is that (okay|all right|alright|fine) [with you]"
    "|(if|would) (that|it) (is|be) (okay|all right|alright|fine) [with you]"
    "|(would|do) you mind|(can|could|would|will|do) you|are you (okay|able|happy|satisfied)"
    "|is (it|that) (okay|all right|alright|fine)|does that (work|sound)|(may|can|could) i) ~12 $"
    "|~3 (okay|alright|all right|right) $)"
)

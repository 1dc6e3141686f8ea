"""Results under names that look like markup, as a user may write them."""

import streamlit as st

import stillroom.streamlit as sr

KEYS = [
    "**bold** _it_ `code` # head",
    "[link](javascript:alert(1))",
    "https://example.org/?a=1&b=2",
    "www.example.org and someone@example.org",
    "![x](https://example.org/x.png)",
    ":material/delete:",
    ":smile: :streamlit:",
    ":red[all gone]",
    ":red-badge[All 3 results saved]",
    "of $$x^2$$ and $y$",
    "<script>alert(1)</script><b>",
    "&lt;b&gt; &#58;",
    "1. - + one",
    "\\*not\\*",
    "a -> b <- c -- d <-> e >= f <= g ~= h (c)",
    "->",
    "k" * 512,
    "תחזית חודשית",
    " between blanks ",
]

page = sr.page("p")
if st.button("Compute"):
    page.update(dict.fromkeys(KEYS, 1.5))
page.panel()

"""What an app that has a panel imports: Streamlit goes over all of it after every rerun."""


def test_a_page_and_its_panel_import_no_library_that_the_app_did_not(run_python):
    script = """
import sys
import streamlit.runtime.scriptrunner
before = set(sys.modules)
import stillroom.streamlit
print(sorted({name for name in sys.argv[1:] if name in set(sys.modules) - before}))
"""
    libraries = ("numpy", "pandas", "polars", "pyarrow", "scipy", "plotly", "altair", "sklearn")

    assert run_python(script, *libraries).strip() == "[]"

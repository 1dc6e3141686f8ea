"""A notebook's worth of work, as a script: run it, then look at the Results page.

It opens the same store as the app when it runs in the same folder, for the same
local owner, so what it keeps is there the next time the page is drawn.
"""

# %%
import pandas as pd
import stillroom

import arrivals

page = stillroom.open().page("train_models")

# %% The same weekday over the last eight weeks: crude, and hard to beat by much.
days = arrivals.load_days("Puerto Montt")["total"].astype("float64")
ahead = pd.date_range(days.index[-1], periods=15, freq="D")[1:]
recent = days.tail(56).groupby(days.tail(56).index.day_of_week)

# %%
page["forecast"] = pd.DataFrame(
    {
        "low": recent.quantile(0.1)[ahead.day_of_week].to_numpy(),
        "expected": recent.mean()[ahead.day_of_week].to_numpy(),
        "high": recent.quantile(0.9)[ahead.day_of_week].to_numpy(),
    },
    index=ahead,
)
print(page["forecast"])

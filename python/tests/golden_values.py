"""The values of the golden files: small, picked by hand, at least one for each tag of the format.

A value is written as an expression, so that the index of the files can say
what is in each. Nothing here may change its meaning: a file is never edited.
A new value is a new line.
"""

from __future__ import annotations

import importlib.util
from typing import Any, NamedTuple

import numpy as np
from golden_words import WORDS
from variants import HAS_PYARROW, HAS_PYTZ, IS_PANDAS_3

#: What an expression may need, and whether it is here.
HERE = {
    "pandas 3": IS_PANDAS_3,
    "numpy 2": int(np.__version__.split(".")[0]) >= 2,
    "pyarrow": HAS_PYARROW,
    "pytz": HAS_PYTZ,
} | {
    name: importlib.util.find_spec(name) is not None
    for name in ("altair", "plotly", "polars", "scipy", "xarray")
}


class Golden(NamedTuple):
    """A value by its expression, and the libraries it can't do without."""

    expression: str
    needs: tuple[str, ...] = ()
    #: Whether its bytes name versions of libraries, and so are the same only for the same ones.
    names_versions: bool = False

    @property
    def can_be_made(self) -> bool:
        return all(HERE[name] for name in self.needs)

    def make(self) -> Any:
        return eval(self.expression, dict(WORDS))


def needing(*names: str, **expressions: str) -> dict[str, Golden]:
    return {name: Golden(expression, names) for name, expression in expressions.items()}


def plain(**expressions: str) -> dict[str, Golden]:
    return needing(**expressions)


DTYPES = (
    "|b1", "|i1", "<i2", "<i4", "<i8", ">i4", "|u1", "<u2", "<u4", "<u8", ">u2", "<f2", "<f4", "<f8", ">f8",
    "<c8", "<c16", ">c8", "<M8", "<M8[D]", "<M8[ns]", ">M8[us]", "<m8[25s]", "<m8[as]", "|S0", "|S3", "<U0",
    "<U2", ">U1", "|V0", "|V5",
)  # fmt: skip


def named(dtype: str) -> str:
    """A dtype as the name of a file."""
    order = {"<": "little", ">": "big", "|": "any"}[dtype[0]]
    return "_".join([order, *dtype[1:].replace("]", "").split("[")])


GOLDEN: dict[str, dict[str, Golden]] = {
    "scalar": plain(
        none="None",
        true="True",
        false="False",
        zero="0",
        one_byte="24",
        two_bytes="256",
        four_bytes="65536",
        eight_bytes="2**64 - 1",
        negative="-1",
        least="-(2**64)",
        big="2**64",
        big_negative="-(2**64) - 1",
        big_in_a_buffer="1 << 40_000",
        float="0.1",
        negative_zero="-0.0",
        infinity="float('-inf')",
        nan="NAN",
        nan_with_bits="double(0xFFF80000000000A1)",
        complex="complex(-0.0, NAN)",
        ellipsis="...",
        decimal="decimal.Decimal('-1.50E+7')",
        decimal_nan="decimal.Decimal('sNaN12')",
        fraction="fractions.Fraction(-2, 3)",
        uuid="uuid.UUID(int=7)",
        uuid_safe="uuid.UUID(int=7, is_safe=uuid.SafeUUID.safe)",
        uuid_unsafe="uuid.UUID(int=7, is_safe=uuid.SafeUUID.unsafe)",
    ),
    "text": plain(
        empty="''",
        short="'naïve \\U0001f600'",
        one_below_a_leaf="'a' * 4095",
        leaf="'a' * 4096",
        surrogate="'a\\ud800'",
        surrogates_in_a_buffer="'\\udfff' * 2000",
        cut_by_content="prose(150_000)",
        bytes="b'\\x00\\xff'",
        long_bytes="mixed(5000)",
        bytearray="bytearray(b'a')",
        posix_path="pathlib.PurePosixPath('a/b.csv')",
        windows_path="pathlib.PureWindowsPath('c:/a')",
        own_path="pathlib.PosixPath('/tmp')",
    ),
    "container": plain(
        list="[1, [2.5, []], None]",
        tuple="((), (1, 'a'))",
        dict="{'a': 1, 'b': {'a': 2}}",
        dict_of_other_keys="{1: 'int', 2.5: 'float', None: 0, (1, 'a'): [], 'a' * 4096: 1, '\\ud800': 2}",
        set="{3, 1, 'a', (2, None)}",
        set_of_nan="{NAN, 0.5}",
        frozenset="frozenset({frozenset(), frozenset('ab')})",
        shared_with_a_set="(lambda setting: [setting, {setting}])(Setting('b'))",
        leaf_in_a_set="{'a' * 5000, Setting('b')}",
        ordered_dict="collections.OrderedDict(b=1, a=2)",
        default_dict="collections.defaultdict(list, a=[1])",
        default_dict_without="collections.defaultdict(None, a=[1])",
        deque="collections.deque([1, 2], 4)",
        deque_without_limit="collections.deque([1, 2])",
        range="range(10, -10, -3)",
        range_of_big_ints="range(0, 2**70, 2**65)",
        slice="slice(None, 'b', [1])",
        looks_like_a_tag="{'__type__': 'list', 'value': [8, 0]}",
        nested="[[[[[[[[[[[[]]]]]]]]]]]]",
        shared="shared([1], {'a': 1})",
        shared_twice="shared([1], shared({'k': 2}))",
        shared_key="[{'key': 1}, {'key': 2, 'other': 3}]",
        long_tree="[[n, str(n)] for n in range(7000)]",
    ),
    "class": plain(
        dataclass="Run('a', [1.5])",
        frozen="Setting('a')",
        named_tuple="Point(1, 'y')",
        enum="Color.RED",
        flag="Option.SCALE | Option.SHUFFLE",
        flag_of_none="Option(0)",
        shared="shared(Run('a'))",
    )
    | {
        "opaque": Golden("Model(0.25)", names_versions=True),
        "opaque_with_buffers": Golden(
            "Estimator(weights=items('<f8', 600), bias=frozen(items('<f8', 4)))",
            names_versions=True,
        ),
    },
    "time": {
        **plain(
            date="dt.date(2024, 2, 29)",
            time="dt.time(23, 59, 59, 999_999, fold=1)",
            time_with_zone="dt.time(1, tzinfo=dt.UTC)",
            datetime="dt.datetime(2024, 3, 31, 2, 30, 0, 7)",
            datetime_in_paris="dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=PARIS)",
            timedelta="dt.timedelta(-1, 2, 3)",
            utc="dt.UTC",
            fixed="dt.timezone(dt.timedelta(hours=-9, minutes=-30))",
            fixed_with_a_name="dt.timezone(dt.timedelta(microseconds=1), 'odd')",
            region="PARIS",
        ),
        **needing(
            "pytz",
            pytz="pytz_zone('America/Santiago')",
            pytz_fixed="pytz_fixed(-150)",
            datetime_of_pytz="pytz_zone('Europe/Paris').localize(dt.datetime(2024, 7, 1))",
        ),
    },
    "array": {
        **plain(
            **{f"of_{named(dtype)}": f"items({dtype!r}, 2, 3)" for dtype in DTYPES},
            **{f"scalar_of_{named(dtype)}": f"items({dtype!r}, 1)[0]" for dtype in DTYPES},
            no_axes="items('<f4')",
            empty="items('<f8', 0, 3)",
            four_axes="items('|u1', 1, 2, 1, 3)",
            fortran="np.asfortranarray(items('<i2', 2, 3))",
            read_only="frozen(items('<i2', 3))",
            one_below_a_buffer="items('|u1', 4095)",
            buffer="items('|u1', 4096)",
            one_chunk="items('|u1', 65_536)",
            cut_at_steps="items('<i4', 33_000)",
            shared="shared(items('<i8', 2), {'a': items('<i8', 2)})",
            objects="objects(1, 'a', None, [2])",
            objects_all_text="objects('a', None, 'b')",
            objects_in_fortran_order="np.asfortranarray(objects(1, 'a', None, 2.5, (), []).reshape(2, 3))",
            structured="structured([('a', '<i4'), ('b', '<f8', (2,)), ('c', [('d', '>u2')])], 3)",
            structured_aligned="structured([('a', '|i1'), ('b', '<f8')], 2, align=True)",
            structured_scalar="structured([('a', '<i4'), ('b', '|S2')], 1)[0]",
            records="structured([('a', '<i4'), (('a title', 'b'), '|b1')], 2).view(np.recarray)",
            masked="np.ma.array(items('<i4', 3), mask=[0, 1, 0])",
            masked_without_mask="np.ma.array(items('<f4', 2, 2), fill_value=0.5, hard_mask=True)",
            masked_constant="np.ma.masked",
        ),
        **needing(
            "numpy 2",
            text="np.array(['a', '', 'naïve'], np.dtypes.StringDType())",
            text_with_missing="np.array(['a', None], np.dtypes.StringDType(coerce=False, na_object=None))",
        ),
    },
    "column": {
        **plain(
            fixed="pd.arrays.NumpyExtensionArray(items('<f8', 3))",
            masked="pd.array([1, None, 3], dtype='Int64')",
            masked_without_missing="pd.array([1.5], dtype='Float32')",
            masked_bool="pd.array([True, None, False], dtype='boolean')",
            masked_over_a_byte="pd.array([None, *range(9)], dtype='UInt8')",
            zoned="pd.Series(days(3, 's')).dt.tz_localize(PARIS).array",
            text_of_objects="text(object, 'a', None, 'bcd').array",
            text_with_nan="text(object, 'a', NAN).array",
            text_with_na="text(object, 'a', pd.NA).array",
            text_with_nat="text(object, 'a', pd.NaT).array",
            text_with_surrogates="text(object, 'a', '\\ud800').array",
            text_in_buffers="text(object, *words(1100, 9)).array",
            strings="text(string('python'), 'a', None, '').array",
            category="pd.Categorical.from_codes([1, -1, 0], labels('b', 'a'), ordered=True)",
            category_of_numbers="pd.Categorical.from_codes([0], pd.RangeIndex(3))",
            category_of_many="pd.Categorical.from_codes(np.arange(300), pd.RangeIndex(300))",
            object="pd.arrays.NumpyExtensionArray(objects(1, 'a', [None], {'k': 2}))",
        ),
        **plain(
            periods="pd.PeriodIndex.from_ordinals([0, 7], freq='M').array",
            periods_of_quarters="pd.arrays.PeriodArray(items('<i8', 2) >> 32, pd.PeriodDtype('2Q-FEB'))",
            intervals="pd.arrays.IntervalArray.from_breaks(np.array([0.0, 1.5, 2.0]), closed='left')",
            intervals_of_dates="pd.arrays.IntervalArray.from_breaks(pd.DatetimeIndex(days(3)))",
            sparse="pd.arrays.SparseArray(np.array([0, 0, 5, 0]), fill_value=0)",
            sparse_of_blocks="pd.arrays.SparseArray(np.array([NAN, 1.5, 2.5]), kind='block')",
        ),
        **needing(
            "pandas 3", strings_with_nan="text(string('python', na_value=NAN), 'a', None).array"
        ),
        **needing("pyarrow", strings_of_arrow="text(string('pyarrow'), 'a', None).array"),
        **needing(
            "pandas 3",
            "pyarrow",
            text_of_pandas_3="text(string('pyarrow', na_value=NAN), 'a', None).array",
        ),
    },
    "index": {
        **plain(
            labels="labels('a', 'b', name='letters')",
            mixed="labels(1, 'a', None, (2, 3), name=('x', 1))",
            numbers="pd.Index(items('<i8', 3), dtype='<i8')",
            range="pd.RangeIndex(5, 0, -2, name='r')",
            dates="pd.DatetimeIndex(days(3))",
            dates_of_a_frequency="pd.date_range('2024-01-01', periods=3, freq='W-WED', unit='s')",
            dates_with_a_zone="pd.date_range('2024-01-01', periods=3, freq='D', unit='ns', tz=PARIS)",
            timedeltas="pd.timedelta_range('1h', periods=3, freq='h', unit='ns')",
            masked="pd.Index(pd.array([1, None], dtype='Int64'))",
            levels="pd.MultiIndex([labels('a', 'b'), pd.RangeIndex(3)], [[0, 1, -1], [2, 2, 0]], names=['x', None])",
            periods="pd.PeriodIndex.from_ordinals([600, 601], freq='D')",
            intervals="pd.IntervalIndex.from_breaks(np.arange(4), name='bins')",
            categories="pd.CategoricalIndex(pd.Categorical.from_codes([0, 0], labels('a')))",
        ),
    },
    "frame": plain(
        series="pd.Series(items('<f8', 3), labels('a', 'b', 'c'), name='s')",
        series_of_objects="pd.Series(objects('a', 1), name=('a', None))",
        series_of_unique_labels="unique(pd.Series(items('|i1', 2)))",
        frame="frame({'a': items('<i8', 2), 'b': objects('x', None), 3: days(2, 'us')})",
        frame_of_duplicate_labels="frame({'a': [1], 'b': [2]}).set_axis(labels('a', 'a'), axis=1)",
        frame_with_attrs="frame({'a': items('<f4', 2)}, source={'rows': [1, 2]})",
        frame_of_unique_labels="unique(frame({'a': items('<f4', 2)}))",
        frame_of_nothing="pd.DataFrame(index=pd.RangeIndex(0), columns=pd.RangeIndex(0))",
        frame_of_an_index="pd.DataFrame(index=labels('a', 'b'), columns=pd.RangeIndex(0))",
        frame_of_text="frame({'a': text(object, *words(2000, 40))})",
        shared="shared(frame({'a': items('<f4', 2)}))",
        frame_of_levels="frame({('a', 1): items('<f4', 2)}).set_axis(pd.MultiIndex.from_arrays([[1, 1], [2, 3]]))",
    ),
    "timestamp": {
        **plain(
            seconds="moment(1, 's')",
            nanoseconds="moment(-1, 'ns')",
            in_paris="moment(1_730_000_000, 's').tz_localize('UTC').tz_convert(PARIS)",
            folded="pd.Timestamp(dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=PARIS)).as_unit('us')",
            timedelta="pd.Timedelta(np.timedelta64(-7, 'ms'))",
            nat="pd.NaT",
            na="pd.NA",
            period="pd.Period(ordinal=648, freq='M')",
            interval="pd.Interval(moment(0, 's'), moment(1, 's'), closed='both')",
            offset="pd.offsets.BQuarterEnd(2, startingMonth=2)",
        ),
    },
    "arrow": needing(
        "pyarrow",
        numbers="[pa.array([1, None], kind) for kind in (pa.int8(), pa.uint64(), pa.float16(), pa.float64())]",
        truth="pa.array([True, None, False])",
        nothing="pa.nulls(3)",
        text="[pa.array(['a', None, 'bc'], kind) for kind in (pa.string(), pa.large_string(), pa.string_view())]",
        bytes="[pa.array([b'a', None], kind) for kind in (pa.binary(), pa.large_binary(), pa.binary_view())]",
        times="[pa.array([7, None], kind) for kind in (pa.date32(), pa.time64('ns'), pa.timestamp('s', 'UTC'), pa.duration('ms'))]",
        decimal="pa.array([decimal.Decimal('1.50'), None], pa.decimal128(5, 2))",
        list="pa.array([[1, 2], None, []], pa.list_(pa.int8()))",
        list_of_fixed_size="pa.array([[1, 2], None], pa.list_(pa.int8(), 2))",
        map="pa.array([[('k', 1)], None], pa.map_(pa.string(), pa.int8()))",
        struct="pa.array([{'a': 1, 'b': ['x']}, None])",
        dictionary="pa.array(['a', 'b', 'a', None]).dictionary_encode()",
        slice="pa.array(range(10))[3:7]",
        chunked="pa.chunked_array([[1, None], [], [3]], pa.int16())",
        table="pa.table({'a': pa.array([1, 2], pa.int32()), 'b': ['x', None]}, metadata={'k': 'v'})",
        batch="pa.record_batch({'a': pa.array([1, 2], pa.int32())})",
        scalar="pa.scalar(5, pa.uint8())",
        type="pa.struct([pa.field('a', pa.int8(), nullable=False), ('b', pa.list_(pa.string()))])",
        field="pa.field('a', pa.int8(), metadata={'k': 'v'})",
        schema="pa.schema([('a', pa.int8())], metadata={'k': 'v'})",
        buffers="pa.array(range(5000), pa.int32())",
        column_of_pandas="pd.array([1, None], dtype=pd.ArrowDtype(pa.int64()))",
        frame_of_pandas="frame({'a': pd.array(['x', None], dtype=pd.ArrowDtype(pa.string()))})",
    ),
    "scipy": needing(
        "scipy",
        csr="sparse.csr_array(np.diag([0.5, 0, -1]))",
        csc="sparse.csc_matrix(np.eye(2, 3, dtype='<i4'))",
        bsr="sparse.bsr_array(np.eye(4), blocksize=(2, 2))",
        coo="sparse.coo_array(np.eye(2, dtype='<f4'))",
        dia="sparse.dia_array(np.eye(3, k=1))",
        dok="sparse.dok_matrix(np.eye(2))",
        lil="sparse.lil_array(np.eye(2, 3))",
    ),
    "polars": needing(
        "polars",
        series="pl.Series('s', [1, None, 3], pl.Int16)",
        text="pl.Series('s', ['a', None, 'a text of more than twelve bytes'])",
        times="[pl.Series('s', [7, None]).cast(kind) for kind in (pl.Date, pl.Datetime('us', 'UTC'), pl.Duration('ms'))]",
        time="pl.Series('s', [dt.time(1, 2, 3)])",
        decimal="pl.Series('s', [decimal.Decimal('1.50'), None], pl.Decimal(10, 2))",
        enum="pl.Series('s', ['b', None, 'a'], pl.Enum(['a', 'b']))",
        categorical="pl.Series('s', ['b', None, 'a'], pl.Categorical)",
        list="pl.Series('s', [[1, 2], None, []])",
        array="pl.Series('s', [[1, 2], None], pl.Array(pl.Int8, 2))",
        struct="pl.Series('s', [{'a': 1, 'b': 'x'}, {'a': None, 'b': 'y'}])",
        frame="pl.DataFrame({'a': [1.5, None], 'b': [True, False], 'c': [b'x', b'']})",
        frame_of_no_columns="pl.DataFrame()",
    ),
    "plotly": needing(
        "plotly",
        figure="go.Figure({'data': [{'type': 'scatter', 'y': items('<f8', 2)}], 'layout': {'title': {'text': 't'}, 'template': None}})",
        frames="go.Figure(data=[go.Bar(y=[1, 2])], layout={'template': None}, frames=[go.Frame(data=[go.Bar(y=[3])], name='f')])",
        subplots="subplots(1, 2)",
    ),
    "altair": needing(
        "altair",
        chart="alt.Chart(frame({'a': items('<f4', 2)})).mark_point().encode(x='a:Q')",
        undefined="alt.Undefined",
        tooltip="alt.Tooltip('a:N', title='A')",
    ),
    "xarray": needing(
        "xarray",
        variable="xr.Variable(('x', 'y'), items('<i2', 2, 3), {'units': 'm'})",
        array="xr.DataArray(items('<f4', 2), {'x': items('<i4', 2)}, name='a')",
        dataset="xr.Dataset({'t': (('x',), items('<f8', 2))}, {'x': items('<i4', 2), 'z': 1.5}, {'k': [1]})",
    ),
}

"""Has a learner read the features of one embedding, whatever features its table has."""

from collections.abc import Sequence

from Orange.data import Domain, Table, Variable
from Orange.preprocess.preprocess import Preprocess

from .modelinput import fit_table


class FeaturePreprocessor(Preprocess):
    """Replaces the attributes of a table by the features of its pictures.

    Learners that take it compare networks on one table: each reads the features of its own.

    Parameters
    ----------
    features : sequence of Variable
        Of an embedding, as `embed_table` appends them.
    """

    def __init__(self, features: Sequence[Variable]) -> None:
        self.features = tuple(features)

    def __call__(self, table: Table) -> Table:
        """Give the table with these features, computed where it has pictures only; class and metas stay.

        Raises
        ------
        DomainTransformationError
            It has neither the features nor pictures, or the features cannot be computed.
        """
        wanted = Domain(self.features, table.domain.class_vars, table.domain.metas)
        fingerprint = next((feature.attributes.get("fingerprint", "") for feature in self.features), "")
        return fit_table(table, wanted, fingerprint).transform(wanted)

"""The assessment of an identity by the catalogs, the policy and the exceptions in force. Pure: same in, same out.

A `Judge` is made once for a set of catalogs, a policy with exceptions, a date and fingerprints, and caches its verdicts
by the catalogs: a fleet of thousands of phones is a few hundred products. What depends on the place of a device is
stated of each (`ruling`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from scanner.compliance import reasons, ruling
from scanner.compliance.compare import Finding, Product, find
from scanner.compliance.conflict import at_most_review, contested
from scanner.compliance.exceptions import NOWHERE, DeviceException, DevicePlace, ExceptionIndex
from scanner.compliance.listing import Listing, Readings
from scanner.compliance.policy import Policy
from scanner.core.errors import DataError
from scanner.core.model import Assessment, Catalog, Identity, Kind

#: Most products cached: a hostile network cannot make the tables larger.
_REMEMBERED = 4096
#: Verdicts of the primary catalog whose reason mentions other catalogs that certify the version.
_QUALIFIED = frozenset({"outdated", "newer", "other-line", "not-listed"})


K = TypeVar("K")


#: Statuses that do not depend on the firmware, unless a catalog lists the model.
_WITHOUT_FIRMWARE = frozenset({"not-a-phone", "unidentified", "not-listed"})


class Judge:
    """Assesses identities by `catalogs`, `policy` and `exceptions`, on the day `today`.

    Raises DataError when a catalog that the policy names is not among `catalogs`.
    """

    def __init__(
        self,
        catalogs: Sequence[Catalog],
        policy: Policy,
        today: date,
        fingerprints: Readings,
        exceptions: Sequence[DeviceException] = (),
    ) -> None:
        self.listings = {catalog.name: Listing(catalog, fingerprints) for catalog in catalogs}
        for name in (policy.primary, *policy.fallback):
            if name not in self.listings:
                known = ", ".join(self.listings) or "none"
                raise DataError(
                    f"the policy names the catalog {name!r}, which is not in the inventory (known: {known}): "
                    "import it first"
                )
        self.policy, self.today, self.fingerprints = policy, today, fingerprints
        self.exceptions = ExceptionIndex(exceptions) if exceptions else None
        self._verdicts: dict[Product, _Verdicts] = {}
        self._unlisted: dict[tuple[Kind, str | None, str | None], _Verdicts] = {}

    def assess(self, identity: Identity, place: DevicePlace = NOWHERE) -> Assessment:
        """The overall assessment by the policy of a device at `place`.

        The primary catalog decides. A model that it does not list is assessed by the first fallback that lists it,
        where a listed version makes it `compatible`. Then the rules of the policy count. A verdict in conflict is at
        most `review` (`conflict`); at last come exceptions.
        """

        def by_policy(product: Product) -> Assessment:
            found = self._verdicts_on(product).overall()
            return (
                ruling.by_rules(found, product, place, self.policy, self.fingerprints) if self.policy.rules else found
            )

        product = _product(identity)
        found = by_policy(product)
        if identity.conflicts:
            found = self._contested(identity, found, by_policy)
        if self.exceptions is not None:
            found = ruling.by_exceptions(found, product, place, self.exceptions, self.fingerprints, self.today)
        return found

    def by_catalog(self, identity: Identity) -> tuple[Assessment, ...]:
        """One assessment by each catalog, in their order."""
        found = self._verdicts_on(_product(identity)).by_catalog()
        if not identity.conflicts:
            return found
        return tuple(self._contested(identity, one, partial(self._by, one.catalog)) for one in found)

    def _by(self, name: str | None, product: Product) -> Assessment:
        return self._verdicts_on(product).by(name or self.policy.primary)

    def _contested(
        self, identity: Identity, found: Assessment, verdict_on: Callable[[Product], Assessment]
    ) -> Assessment:
        """The assessment, at most `review` where a conflict leads to a product with another verdict."""

        def differs(product: Product) -> bool:
            other = verdict_on(product)
            return (other.status, other.compliance) != (found.status, found.compliance)

        contest = contested(identity, differs, self.fingerprints)
        if not contest:
            return found
        statuses = (verdict_on(one.product).status if one.product else None for one in contest)
        return at_most_review(found, contest, tuple(statuses))

    def _verdicts_on(self, product: Product) -> _Verdicts:
        """The cached verdicts. Those on a model that no catalog lists are the same for every firmware."""
        model = product.kind, product.manufacturer, product.model
        found = self._unlisted.get(model)
        if found is not None:
            return found
        found = self._verdicts.get(product)
        if found is None:
            found = _Verdicts(product, self)
            if found.overall().status in _WITHOUT_FIRMWARE and not self._lists(product):
                _remember(self._unlisted, model, found)
            else:
                _remember(self._verdicts, product, found)
        return found

    def _lists(self, product: Product) -> bool:
        """Whether a catalog lists the model, or a variant of it."""
        maker, model = product.manufacturer, product.model
        return any(
            listing.entries(maker, model) or (model and listing.variants(maker, model))
            for listing in self.listings.values()
        )


def _product(identity: Identity) -> Product:
    return Product(identity.kind, identity.manufacturer, identity.model, identity.firmware, identity.line)


class _Verdicts:
    """The verdicts on one product: each catalog is compared once, and a reason is written when it is needed."""

    __slots__ = ("_assessments", "_findings", "_judge", "_overall", "_product")

    def __init__(self, product: Product, judge: Judge) -> None:
        self._product, self._judge = product, judge
        self._findings: dict[str, Finding] = {}
        self._assessments: dict[str, Assessment] = {}
        self._overall: Assessment | None = None

    def overall(self) -> Assessment:
        if self._overall is None:
            self._overall = self._by_policy()
        return self._overall

    def by_catalog(self) -> tuple[Assessment, ...]:
        return tuple(self.by(name) for name in self._judge.listings)

    def _finding(self, name: str) -> Finding:
        found = self._findings.get(name)
        if found is None:
            judge = self._judge
            match = judge.policy.match.get(name)
            found = find(self._product, judge.listings[name], match, judge.fingerprints)
            self._findings[name] = found
        return found

    def by(self, name: str) -> Assessment:
        """The assessment by one catalog alone."""
        found = self._assessments.get(name)
        if found is None:
            judge, finding = self._judge, self._finding(name)
            catalog = judge.listings[name].catalog
            found = self._assessments[name] = Assessment(
                status=finding.status,
                compliance=judge.policy.of(finding.status, name),
                reason=reasons.reason(
                    self._product, judge.listings[name], finding, judge.policy.stale_after_days, judge.today
                ),
                catalog=name,
                certified_firmware=finding.certified_firmware(),
                catalog_source=catalog.source,
                catalog_date=catalog.date,
            )
        return found

    def _by_policy(self) -> Assessment:
        policy = self._judge.policy
        primary = self.by(policy.primary)
        if not self._finding(policy.primary).entries and self._product.model and primary.status != "not-a-phone":
            for name in policy.fallback:
                if self._finding(name).entries:
                    return self._by_fallback(name)
        if primary.status == "not-listed":
            for name in policy.fallback:
                if self._finding(name).variants:
                    return self._by_fallback(name)
        if primary.status in _QUALIFIED:
            others = [name for name in self._judge.listings if name != policy.primary]
            elsewhere = [name for name in others if self._finding(name).status == "certified"]
            if elsewhere:
                return replace(primary, reason=primary.reason + reasons.listed_elsewhere(elsewhere, policy.primary))
        if primary.status == "not-listed":
            nor = "".join(reasons.nor_listed(self._product, self._judge.listings[name]) for name in policy.fallback)
            return replace(primary, reason=primary.reason + nor)
        return primary

    def _by_fallback(self, name: str) -> Assessment:
        policy, found = self._judge.policy, self.by(name)
        if found.status != "certified":
            return replace(found, reason=found.reason + reasons.only_in(name, policy.primary))
        return replace(
            found,
            status="compatible",
            compliance=policy.of("compatible", name),
            reason=reasons.compatible(found.reason, name, policy.primary),
        )


def _remember(verdicts: dict[K, _Verdicts], key: K, found: _Verdicts) -> None:
    if len(verdicts) >= _REMEMBERED:
        verdicts.clear()
    verdicts[key] = found

"""Declaration: certificates. They come from processes, never from a form."""

from __future__ import annotations

from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.resources import Catalogue, Resource, Share, Update


class CertificateResource(Resource):
    """电子证照. Editions of certificates; GB/T 36903-2018."""

    model = Certificate
    label = "cert_no"
    columns = ("cert_no", "type", "holder_name", "issuer_name", "issue_date", "valid_to", "state", "region_code")
    search = ("cert_no", "identifier")
    filters = ("type", "state", "issue_date", "valid_to", "region_code")
    tags = {
        "state": {
            "01": "ok",
            "02": "warn",
            "03": "error",
            "04": "muted",
            "05": "muted",
            "06": "info",
            "07": "error",
            "99": "warn",
        }
    }
    own_page = "certificates:certificate"
    catalogue = Catalogue(
        share=Share.CONDITIONAL,
        condition="办理行政许可、执法检查等法定职责需要",
        update=Update.REALTIME,
        basis="foundation.md §4",
    )
    empty = "审批办结发证后，证照会自动出现在这里。"

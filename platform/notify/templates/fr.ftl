# Un code à usage unique.
code = { $code } est votre code pour { $brand }. Il est valable dix minutes. Ne le donnez à personne.
    .subject = Votre code pour { $brand } : { $code }
    .sms = { $code } est votre code pour { $brand }. Ne le donnez à personne.

# Au contact d'un webhook qui a été désactivé.
webhook_off = Le webhook sur { $host } ne répond plus depuis cinq jours et a été désactivé.

    Ce qui s'est passé depuis ne lui a pas été transmis. Réactivez-le lorsqu'il répondra.
    .subject = { $brand } : un webhook a été désactivé
    .sms = { $brand } : le webhook sur { $host } ne répond plus et a été désactivé.

# À qui reçoit un rôle : le lien ouvre la session une seule fois.
invitation = Vous êtes invité à travailler pour { $brand }.

    { $linked ->
        [yes] Connectez-vous avec ce lien : { $link }

        Il est valable une fois, pendant sept jours. Ensuite, demandez un code sur la même page avec cette adresse.
       *[no] Demandez un code sur la page de connexion avec cette adresse.
    }
    .subject = { $brand } : une invitation
    .sms = { $brand } vous invite : { $link }
